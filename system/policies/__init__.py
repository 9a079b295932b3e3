"""Decisions as pure functions: clock and chance are parameters, and nothing is done, only decided."""
