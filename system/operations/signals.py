"""How the whole system is doing, in a few numbers: what alerts and scaling go by."""

from __future__ import annotations

from dataclasses import dataclass

from system.operations.in_time import in_time
from system.operations.inspect import workers
from system.operations.lag import recorder_lag
from system.queues.protocol import Queue
from system.queues.registry import WorkerRegistry
from system.storage.store import Store
from system.tasks.task import DEFAULT_QUEUE

LOST_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Signals:
    """Over all queues; a paused one counts neither as waiting nor as old, because nobody is meant to run its tasks."""

    waiting: int
    running: int
    oldest_age: float
    """Seconds."""
    finished_1m: int
    failed_1m: int
    workers: int
    """That take tasks."""
    draining: int
    lost: int
    """In the last ten minutes; what is gone for longer won't come back."""
    concurrency: int
    """Tasks that the workers can run at once, all together."""
    died: int
    """Tasks, ever."""
    ended: int
    """Attempts, ever."""
    recorder_lag: float
    """Seconds."""


async def signals(store: Store, queue: Queue, registry: WorkerRegistry) -> Signals:
    """Look now. Raises QueueUnavailable, StoreUnavailable."""
    names = sorted({DEFAULT_QUEUE, *await store.queue_names()})
    known = await workers(registry)
    async with in_time():
        stats = [await queue.stats(name) for name in names]
    totals = await store.totals()
    served = [one for one in stats if not one.paused]
    running = [info for info in known if info["status"] == "running"]
    return Signals(
        waiting=sum(one.ready for one in served),
        running=sum(one.leased for one in stats),
        oldest_age=max((one.oldest_age_seconds for one in served), default=0.0),
        finished_1m=sum(one.finished_1m for one in stats),
        failed_1m=sum(one.failed_1m for one in stats),
        workers=len(running),
        draining=sum(info["status"] == "draining" for info in known),
        lost=sum(info["status"] == "lost" and info["age_seconds"] < LOST_SECONDS for info in known),
        concurrency=sum(info["concurrency"] for info in running),
        died=totals.get("dead", 0),
        ended=totals.get("run", 0),
        recorder_lag=max([await recorder_lag(store, queue, name) for name in names]),
    )
