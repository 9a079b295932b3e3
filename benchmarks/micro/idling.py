"""What a worker costs while there is nothing to do: commands, CPU and memory."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import psutil
import uvloop

from benchmarks.micro import stage
from benchmarks.micro.amount import Amount
from benchmarks.micro.children import child, cpu_seconds, memory_mb
from benchmarks.micro.figures import Figure, Goal
from system.queues.registry import WorkerRegistry
from system.wiring import Settings, connect, make_registry, some_redis, with_places

SECONDS = 12.0  # four heartbeats
SETTLE_SECONDS = 1.0
SENT = ("fcall", "bzpopmin", "ping")


def measure(amount: Amount, folder: Path) -> list[Figure]:
    """Measure one worker process on an embedded server with nobody else."""
    with (
        some_redis(with_places(Settings(data=folder))) as settings,
        child("system", "worker", "--supervised", settings=settings) as worker,
    ):
        return uvloop.run(_measure(settings, worker, amount.seconds(SECONDS)))


async def _measure(settings: Settings, worker: psutil.Process, seconds: float) -> list[Figure]:
    redis: Any = connect(settings)
    try:
        registry = make_registry(redis)
        await stage.until(lambda: _is_known(registry))
        await asyncio.sleep(SETTLE_SECONDS)
        commands, cpu = await _commands(redis), cpu_seconds(worker)
        await asyncio.sleep(seconds)
        cpu, commands = cpu_seconds(worker) - cpu, await _commands(redis) - commands
    finally:
        await redis.aclose()
    how = f"{seconds:g} s, no task"
    return [
        _figure("commands of an idle worker", commands / seconds, "commands/s", Goal(at_most=1), how),
        _figure("CPU of an idle worker", cpu / seconds * 100, "% of a core", Goal(at_most=0.2), how),
        _figure("memory of an idle worker", memory_mb(worker), "MB", Goal(at_most=40), "PSS (macOS: unique)"),
    ]


def _figure(what: str, value: float, unit: str, goal: Goal, how: str) -> Figure:
    return Figure(what=what, value=value, unit=unit, count=1, how=how, goal=goal)


async def _is_known(registry: WorkerRegistry) -> bool:
    return bool(await registry.workers())


async def _commands(redis: Any) -> int:
    """Return how many commands workers have sent so far; what a function does inside the server is not counted."""
    stats = await redis.info("commandstats")
    return sum(int(stats.get(f"cmdstat_{name}", {"calls": 0})["calls"]) for name in SENT)
