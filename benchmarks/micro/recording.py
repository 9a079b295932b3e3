"""What the record costs: rows inserted by the size of the batch, and a queue's history projected into SQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import uvloop

from benchmarks.micro.amount import Amount, tasks
from benchmarks.micro.figures import Figure, Goal
from benchmarks.micro.queueing import chunks
from benchmarks.micro.spent import MICRO, Spent, spent, spent_with
from system.queues.protocol import Queue
from system.storage.projection import Projection
from system.storage.rows import task_row
from system.storage.store import Store
from system.tasks.outcome import Settlement, Succeed
from system.tasks.task import DEFAULT_QUEUE, Status
from system.upkeep.recorder import Recorder
from system.wiring import Services, Settings, connect, migrate, open_services, some_redis, with_places

INSERT = (1, 100, 1_000)
CLAIM = 100


def measure(amount: Amount, folder: Path) -> list[Figure]:
    """Measure on an embedded server and SQLite in `folder`."""
    with some_redis(with_places(Settings(data=folder))) as settings:
        return uvloop.run(_measure(settings, amount))


async def _measure(settings: Settings, amount: Amount) -> list[Figure]:
    redis = connect(settings)
    try:
        async with open_services(settings) as services:
            await migrate(services)
            figures = []
            for size in INSERT:
                count = amount.of(200 if size == 1 else 10_000, size)
                figures += await _insert(services.store, size, count)
            return [*figures, *await _record(redis, services, amount.of(20_000, 1_000))]
    finally:
        await redis.aclose()


async def _insert(store: Store, size: int, count: int) -> list[Figure]:
    rows = [task_row(task, status=Status.QUEUED) for task in tasks(count, f"insert-{size}")]
    with spent() as cost:
        for batch in chunks(rows, size):
            await store.insert(batch)
    return _figures(f"insert, {size:,} a commit", cost, count, "SQLite in WAL, synchronous=FULL")


async def _record(redis: Any, services: Services, count: int) -> list[Figure]:
    """Project the whole life of tasks whose rows are there: queued, claimed, succeeded."""
    for batch in chunks(tasks(count), 1_000):
        await services.store.insert([task_row(task, status=Status.QUEUED) for task in batch])
        await services.queue.put(batch)
    recorder = Recorder(services.queue, Projection(services.database))
    await recorder.catch_up(DEFAULT_QUEUE)
    await _run_all(services.queue)
    async with spent_with(redis) as cost:
        await recorder.catch_up(DEFAULT_QUEUE)
    return _figures(
        "record", cost, count, f"claimed and succeeded, claims of {CLAIM}; reading, folding, SQL", Goal(at_most=15)
    )


async def _run_all(queue: Queue) -> None:
    while claims := (await queue.claim("worker-1.0a1b", [DEFAULT_QUEUE], CLAIM)).claims:
        await queue.finish([Settlement(claim, Succeed("null"), 1, 0) for claim in claims])


def _figures(what: str, cost: Spent, count: int, how: str, goal: Goal | None = None) -> list[Figure]:
    return [
        Figure(what=what, value=count / cost.wall, unit="tasks/s", count=count, how=how),
        Figure(
            what=f"{what}: CPU",
            value=cost.cpu / count * MICRO,
            unit="µs CPU/task",
            count=count,
            how="this process, SQLite's threads with it",
            goal=goal,
        ),
    ]
