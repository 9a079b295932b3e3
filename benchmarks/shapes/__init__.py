"""Load shapes for Locust's users: a second locustfile that says how many there are when.

    locust -f benchmarks/locustfile.py,benchmarks/shapes/spike.py --host … --users 50 --run-time 60

Each takes --users as its highest number and --run-time as its whole length. They shape ClosedLoop, whose load is its
users; the load of OpenLoop is its schedule, and `--arrivals steps` shapes that.
"""
