"""Load that waits for nobody: calls go out when a schedule says so, and are timed from when it wanted them sent.

schedule.py     when: constant, Poisson, steps, or a trace; pure
plan.py         what one run of Locust is asked for
subprocess.py   Locust as a child process, for the engine and the lessons
users.py, …     the inside of that process; locustfile.py shows them to Locust

Locust patches Python's sockets and threads when it is imported. So only that child process imports users.py and what
it stands on: nothing here does, nor do schedule, plan, payloads, log and subprocess.
"""
