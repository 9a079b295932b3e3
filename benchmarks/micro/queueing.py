"""What the queue costs: put, claim and finish by the size of the batch, and the memory of what waits. No SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import uvloop

from benchmarks.micro.amount import Amount, tasks
from benchmarks.micro.figures import Figure, Goal
from benchmarks.micro.spent import MICRO, Spent, spent_with
from system.queues.protocol import Queue
from system.tasks.outcome import Settlement, Succeed
from system.tasks.task import DEFAULT_QUEUE, Claim
from system.wiring import Settings, connect, open_queue, some_redis, with_places

T = TypeVar("T")
PUT = (1, 100, 1_000)
CLAIM = (1, 10, 100, 500)
WAITING = 10_000


def measure(amount: Amount, folder: Path) -> list[Figure]:
    """Measure on an embedded server that keeps its data in `folder`."""
    with some_redis(with_places(Settings(data=folder))) as settings:
        return uvloop.run(_measure(settings, amount))


async def _measure(settings: Settings, amount: Amount) -> list[Figure]:
    redis = connect(settings)
    try:
        async with open_queue(settings) as (queue, _):
            figures = []
            for size in PUT:
                figures += await _put(redis, queue, size, amount.of(2_000 if size == 1 else 20_000, size))
            for size in CLAIM:
                figures += await _work(redis, queue, size, amount.of(2_000 if size == 1 else 20_000, size))
            return [*figures, await _memory(redis, queue, amount.of(WAITING))]
    finally:
        await redis.aclose()


async def _put(redis: Any, queue: Queue, size: int, count: int) -> list[Figure]:
    batches = list(chunks(tasks(count, f"put-{size}"), size))
    async with spent_with(redis) as cost:
        for batch in batches:
            await queue.put(batch)
    return _figures("put", cost, count, f"{size:,} a call")


async def _work(redis: Any, queue: Queue, size: int, count: int) -> list[Figure]:
    name = f"claim-{size}"
    for batch in chunks(tasks(count, name), 1_000):
        await queue.put(batch)
    async with spent_with(redis) as cost:
        for _ in range(count // size):
            grant = await queue.claim("worker-1.0a1b", [name], size)
            await queue.finish([_done(claim) for claim in grant.claims])
    return _figures("claim and finish", cost, count, f"{size:,} a call")


async def _memory(redis: Any, queue: Queue, count: int) -> Figure:
    """Ask what the keys of a queue take; recorded history is dropped in time, so what an entry costs is not counted."""
    for batch in chunks(tasks(count), 1_000):
        await queue.put(batch)
    keys = await redis.keys(f"{{tl:{DEFAULT_QUEUE}}}:*")
    used = sum([await redis.memory_usage(key, samples=0) for key in keys if not key.endswith(b":events")])
    return Figure(
        what="memory of a waiting task",
        value=used / count,
        unit="bytes of Redis",
        count=count,
        how="payload of 100 bytes, its history recorded",
        goal=Goal(at_most=500),
    )


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Cut a sequence into pieces."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _done(claim: Claim) -> Settlement:
    return Settlement(claim, Succeed("null"), started_ms_ago=1, ended_ms_ago=0)


def _figures(what: str, cost: Spent, count: int, how: str) -> list[Figure]:
    return [
        Figure(what=f"{what}, {how}", value=count / cost.wall, unit="tasks/s", count=count, how="one caller"),
        Figure(
            what=f"{what}, {how}: caller",
            value=cost.cpu / count * MICRO,
            unit="µs CPU/task",
            count=count,
            how="this process",
        ),
        Figure(
            what=f"{what}, {how}: Redis",
            value=cost.redis / count * MICRO,
            unit="µs CPU/task",
            count=count,
            how="the server",
        ),
    ]
