"""One trial: a fresh system, warmed up, loaded, broken if so planned, drained, and judged by the checker.

trial.py       the course of it
view.py        how the system is looked at: through its services (Phase 2) or over HTTP (Phase 1)
phase_one.py   the system of Phase 1, and record.py its record, copied before it ends
backlog.py, scheduled.py   the two ways to load it
striking.py    what is broken, when
sampler.py, usage.py       what is seen meanwhile
rows.py, sums.py           the records made of it all
"""
