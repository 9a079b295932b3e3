"""What Redis spends while more and more workers are registered, each with tasks in hand: heartbeats, lists, claims."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.growth.fresh import on_fresh_servers
from benchmarks.growth.points import Point
from benchmarks.micro.amount import tasks
from benchmarks.micro.spent import MICRO, spent_with
from system.queues.protocol import Queue
from system.queues.registry import WorkerRegistry
from system.tasks.task import DEFAULT_QUEUE
from system.wiring import Settings, connect, open_queue

CURVE = "workers"
IN_HAND = 10
CALLS = 200
INFO = {"host": "a-machine", "pid": 1, "queues": ["default"], "concurrency": 10, "status": "running", "running": 10}


def measure(sizes: Sequence[int], folder: Path) -> list[Point]:
    """Measure each number of workers on an embedded server of its own; a worker is what Redis sees of one."""
    return on_fresh_servers(sizes, folder, _measure)


async def _measure(settings: Settings, size: int) -> list[Point]:
    redis: Any = connect(settings)
    try:
        async with open_queue(settings) as (queue, registry):
            await _register(queue, registry, size)
            calls: dict[str, Callable[[], Awaitable[object]]] = {
                "a heartbeat": lambda: registry.beat("worker-1", INFO),
                "list of workers": registry.workers,
                "counts of a queue": lambda: queue.stats(DEFAULT_QUEUE),
                "a claim of one": lambda: queue.claim("worker-1", [DEFAULT_QUEUE], 1),
            }
            return [point for what, call in calls.items() for point in await _cost(redis, what, call, size)]
    finally:
        await redis.aclose()


async def _register(queue: Queue, registry: WorkerRegistry, size: int) -> None:
    await queue.put(tasks(CALLS + 1))
    for number in range(size):
        await queue.put(tasks(IN_HAND))
        await queue.claim(f"worker-{number}", [DEFAULT_QUEUE], IN_HAND)
        await registry.beat(f"worker-{number}", INFO)


async def _cost(redis: Any, what: str, call: Callable[[], Awaitable[object]], size: int) -> list[Point]:
    async with spent_with(redis) as cost:
        for _ in range(CALLS):
            await call()
    return [
        Point(curve=CURVE, size=size, what=what, value=cost.wall / CALLS * MICRO, unit="µs/call"),
        Point(curve=CURVE, size=size, what=f"{what}: Redis", value=cost.redis / CALLS * MICRO, unit="µs CPU/call"),
    ]
