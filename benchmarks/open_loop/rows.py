"""The rows that an open loop adds to Locust's statistics: type, name."""

from __future__ import annotations

NAIVE = ("POST", "/tasks from the send (naive)")
CORRECTED = ("POST", "/tasks from the intended start")
DONE = ("task", "from the intended start until done")
LATE = ("late", "calls sent late, by so much")
MISSED = ("missed", "calls never sent")
