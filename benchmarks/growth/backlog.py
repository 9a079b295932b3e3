"""What a task costs in Redis while more and more of them wait: put, claim and finish, and memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.growth.fresh import on_fresh_servers
from benchmarks.growth.points import Point
from benchmarks.micro.amount import tasks
from benchmarks.micro.spent import MICRO, Spent, spent_with
from benchmarks.micro.stage import until
from system.queues.protocol import Queue
from system.tasks.outcome import Settlement, Succeed
from system.tasks.task import DEFAULT_QUEUE
from system.wiring import Settings, connect, open_queue

CURVE = "backlog"
BATCH = 1_000
CLAIM = 100
WORKED = 20_000  # tasks run out of each backlog, or half of it
WORKER = "worker-1.0a1b"


def measure(sizes: Sequence[int], folder: Path) -> list[Point]:
    """Measure a backlog of each size on an embedded server of its own."""
    return on_fresh_servers(sizes, folder, _measure)


async def _measure(settings: Settings, size: int) -> list[Point]:
    redis: Any = connect(settings)
    try:
        async with open_queue(settings) as (queue, _):
            await _work(queue, 1, 1)  # the functions are loaded
            before = (await redis.info("memory"))["used_memory"]
            async with spent_with(redis) as putting:
                for _ in range(0, size, BATCH):
                    await queue.put(tasks(min(BATCH, size)))
            await redis.xtrim(f"{{tl:{DEFAULT_QUEUE}}}:events", maxlen=0)  # as if it were recorded
            used = (await redis.info("memory"))["used_memory"] - before
            await until(lambda: _is_at_rest(redis))
            worked = min(WORKED, size // 2)
            async with spent_with(redis) as working:
                await _work(queue, worked, CLAIM)
    finally:
        await redis.aclose()
    return [
        *_costs("put", putting, size, size),
        *_costs("claim and finish", working, worked, size),
        Point(curve=CURVE, size=size, what="memory of a waiting task", value=used / size, unit="bytes of Redis"),
    ]


async def _is_at_rest(redis: Any) -> bool:
    """Tell whether the rewrite of the append-only file is over that so many puts set off: it costs, but once."""
    return not int((await redis.info("persistence"))["aof_rewrite_in_progress"])


async def _work(queue: Queue, count: int, claim: int) -> None:
    for _ in range(0, count, claim):
        grant = await queue.claim(WORKER, [DEFAULT_QUEUE], claim)
        await queue.finish([Settlement(one, Succeed("null"), 1, 0) for one in grant.claims])


def _costs(what: str, cost: Spent, count: int, size: int) -> list[Point]:
    return [
        Point(curve=CURVE, size=size, what=what, value=cost.wall / count * MICRO, unit="µs/task"),
        Point(curve=CURVE, size=size, what=f"{what}: Redis", value=cost.redis / count * MICRO, unit="µs CPU/task"),
    ]
