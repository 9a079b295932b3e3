"""Faults on purpose: processes, connections, Redis, SQL, disks, networks and clocks, each put into a log."""
