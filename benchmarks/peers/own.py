"""TaskLab itself, and the bare loops that no safe queue can be as fast as."""

from __future__ import annotations

from benchmarks.peers.adapter import EVERYTHING, Adapter, Part

TASKLAB_WORKER = ("{python}", "-m", "system", "worker", "--import", "tasklab_handler", "--concurrency", "{slots}")
UPKEEP = ("{python}", "-m", "system", "upkeep")
UPKEEP_READY = "upkeep is at work"

OWN = (
    Adapter(
        name="tasklab",
        title="TaskLab, accept=redis",
        packages=("tasklab", "redis"),
        environment=None,
        module="on_tasklab",
        worker=TASKLAB_WORKER,
        services=UPKEEP,
        services_ready=UPKEEP_READY,
        slots=10,
        variables={"TASKLAB_ACCEPT": "redis"},
        settings="as installed: 10 slots, 10 s leases; a recorder process writes every attempt and result to SQLite",
        crash_default="lease of 10 s",
    ),
    Adapter(
        name="tasklab-sql",
        title="TaskLab, accept=sql",
        packages=("tasklab",),
        environment=None,
        module="on_tasklab",
        worker=TASKLAB_WORKER,
        services=UPKEEP,
        services_ready=UPKEEP_READY,
        slots=10,
        parts=frozenset({Part.ENQUEUE}),
        variables={"TASKLAB_ACCEPT": "sql"},
        settings="as installed: a submit returns once it is committed to SQLite, synchronous=FULL. Workers: as above",
        crash_default="as above",
    ),
    Adapter(
        name="tasklab-up",
        title="TaskLab, `tasklab up`",
        packages=("tasklab",),
        environment=None,
        module="on_tasklab",
        worker=(),
        services=("{python}", "-m", "system", "up", "--workers", "2", "--port", "0", "--import", "tasklab_handler"),
        services_ready="Ctrl-C drains it",
        slots=10,
        parts=frozenset({Part.CRASH}),
        variables={"TASKLAB_ACCEPT": "redis"},
        settings="as installed; the parent of the workers notices that one died, and gives its tasks back",
        crash_default="its parent, at once",
    ),
    Adapter(
        name="brpop",
        title="bare BRPOP loop, unsafe",
        packages=("redis",),
        environment=None,
        module="on_brpop",
        worker=("{python}", "{inside}/on_brpop.py", "one"),
        slots=1,
        parts=EVERYTHING - {Part.IO},
        settings="JSON on a list, redis-py with hiredis, nothing acknowledged: the limit of single pops",
        crash_default="nothing",
    ),
    Adapter(
        name="lpop100",
        title="bare pops of 100, unsafe",
        packages=("redis",),
        environment=None,
        module="on_brpop",
        worker=("{python}", "{inside}/on_brpop.py", "many"),
        slots=1,
        parts=frozenset({Part.NOOP}),
        settings="the same, a hundred tasks a pop",
        crash_default="nothing",
    ),
)
