"""All queues, and the entries of those whose workers are threads or processes."""

from __future__ import annotations

from benchmarks.peers.adapter import Adapter, Part
from benchmarks.peers.asyncio_queues import ASYNCIO_QUEUES
from benchmarks.peers.own import OWN

RQ_TUNED = "Retry(max=3), job_monitoring_interval 5 s, maintenance_interval 10 s, worker_ttl 15 s"
RQ_OPTIONS = ("--job-monitoring-interval", "5", "--maintenance-interval", "10", "--worker-ttl", "15")

THREADS_AND_PROCESSES = (
    Adapter(
        name="celery",
        title="Celery",
        packages=("celery", "kombu", "redis"),
        environment="celery",
        module="on_celery",
        worker=(
            "{bin}/celery",
            "-A",
            "on_celery",
            "worker",
            "-P",
            "prefork",
            "-c",
            "{slots}",
            "-n",
            "{worker}@peers",
            "-l",
            "WARNING",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
            "-O",
            "fair",
        ),
        io_worker=(
            "{bin}/celery",
            "-A",
            "on_celery",
            "worker",
            "-P",
            "threads",
            "-c",
            "{slots}",
            "-n",
            "{worker}@peers",
            "-l",
            "WARNING",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
        ),
        slots=1,
        bulk=False,
        settings="results ignored, prefetch multiplier 64, no gossip, mingle, heartbeat; one prefork child a worker, "
        "ten threads for I/O",
        crash_default="nothing: acknowledged before it runs",
        crash_tuned="acks_late, reject_on_worker_lost, visibility_timeout 10 s, prefetch multiplier 1",
    ),
    Adapter(
        name="dramatiq",
        title="Dramatiq",
        packages=("dramatiq", "redis"),
        environment="dramatiq",
        module="on_dramatiq",
        worker=("{bin}/dramatiq", "-p", "1", "-t", "{slots}", "on_dramatiq"),
        slots=8,
        bulk=False,
        settings="one process a worker with the default of 8 threads (10 for I/O), no result backend",
        crash_default="heartbeat of 60 s, looked at by one in 1,000 commands",
        crash_tuned="heartbeat_timeout 10 s, maintenance_chance 100 %",
    ),
    Adapter(
        name="rq",
        title="RQ, fork",
        packages=("rq", "redis"),
        environment="rq",
        module="on_rq",
        worker=("{bin}/rq", "worker", "-q", "-u", "{url}"),
        slots=1,
        parts=frozenset({Part.ENQUEUE, Part.NOOP, Part.CRASH}),
        settings="the default worker, which forks for each job; a worker runs one job at a time, so no I/O figure",
        crash_default="the job's heartbeat, looked at every 10 min",
        crash_tuned=RQ_TUNED,
        tuned_options=RQ_OPTIONS,
    ),
    Adapter(
        name="rq-simple",
        title="RQ, SimpleWorker",
        packages=("rq", "redis"),
        environment="rq",
        module="on_rq",
        worker=("{bin}/rq", "worker", "-q", "-u", "{url}", "-w", "rq.SimpleWorker"),
        slots=1,
        parts=frozenset({Part.NOOP, Part.LATENCY, Part.CRASH}),
        settings="the worker that runs jobs in its own process",
        crash_default="the job's heartbeat, looked at every 10 min",
        crash_tuned=RQ_TUNED,
        tuned_options=RQ_OPTIONS,
    ),
    Adapter(
        name="huey",
        title="Huey",
        packages=("huey", "redis"),
        environment="huey",
        module="on_huey",
        worker=("{bin}/huey_consumer", "on_huey.huey", "-k", "thread", "-w", "{slots}", "-n", "-q"),
        slots=2,
        bulk=False,
        settings="RedisHuey with blocking pops, two threads a worker (ten for I/O), no periodic tasks",
        crash_default="nothing: popped before it runs",
    ),
)

ADAPTERS: tuple[Adapter, ...] = (*OWN, *ASYNCIO_QUEUES, *THREADS_AND_PROCESSES)
BY_NAME = {adapter.name: adapter for adapter in ADAPTERS}
