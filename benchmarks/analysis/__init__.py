"""Pure statistics over numbers and records: nothing here starts, reads a clock or draws without a seed.

bootstrap.py     intervals of repeats
latency.py       latencies out of records, percentiles, spectrum
usl.py           the Universal Scalability Law; efficiency.py: speed-up against the ideal line
mmc.py           the wait that queueing theory predicts; drain.py: how long a backlog lasts
in_system.py     the number of tasks in the system over time, and by it littles_law.py and stability.py
limits.py        whether the host was the limit
compare.py       two runs; with alike.py, sides.py, metrics.py, noise.py, judging.py
"""
