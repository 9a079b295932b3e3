"""How fast workers run a backlog of no-ops while the recorder writes it down, and what each process spends on it."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import psutil
import uvloop

from benchmarks.micro import stage
from benchmarks.micro.amount import PAYLOAD, Amount
from benchmarks.micro.children import memory_mb
from benchmarks.micro.figures import Figure, Goal
from benchmarks.micro.spent import MICRO
from system.local.stack import Stack
from system.operations.new_task import NewTask
from system.tasks.task import DEFAULT_QUEUE, Status
from system.wiring import Services

WORKERS = (1, 2, 4)
WARM_UP = 2_000
GOALS = {"worker": Goal(at_most=30), "redis": Goal(at_most=15), "upkeep": Goal(at_most=15)}
NEW = NewTask(type="echo", payload=PAYLOAD)


def measure(amount: Amount, folder: Path) -> list[Figure]:
    """Measure on a fresh system for each number of workers."""
    figures = []
    for workers in WORKERS:
        home = folder / f"workers-{workers}"
        with stage.make(home, workers) as stack:
            figures += uvloop.run(_measure(stack, home, workers, amount))
    return figures


async def _measure(stack: Stack, folder: Path, workers: int, amount: Amount) -> list[Figure]:
    async with stage.services_of(stack, folder) as services:
        await _drain(stack, folder, services, amount.of(WARM_UP))
        count = amount.of(20_000)
        seconds, all_recorded, cpu = await _drain(stack, folder, services, count)
        memory = [memory_mb(psutil.Process(worker.pid)) for worker in stack.workers()]
    how = f"echoes of 100 bytes, {workers} worker{'s' * (workers > 1)}"
    return [
        _rate(f"run, W={workers}", count, seconds, f"{how}, to the last finish"),
        _rate(f"record, W={workers}", count, all_recorded, f"{how}, to the last end in SQL"),
        *(
            Figure(
                what=f"CPU, W={workers}: {role}",
                value=cpu[role] / count * MICRO,
                unit="µs CPU/task",
                count=count,
                how=how,
                goal=goal,
            )
            for role, goal in GOALS.items()
        ),
        Figure(
            what=f"memory of a worker, W={workers}",
            value=statistics.mean(memory),
            unit="MB",
            count=workers,
            how="PSS (macOS: unique), after the backlog",
            goal=Goal(at_most=40),
        ),
    ]


async def _drain(stack: Stack, folder: Path, services: Services, count: int) -> tuple[float, float, dict[str, float]]:
    """Run a backlog; return seconds to the last finish, to the last record, and CPU seconds by role."""
    done = await stage.succeeded(services)
    async with stage.submitter_of(stack, folder, services, "sql") as submitter:
        await stage.load_paused(services, submitter, NEW, count)
    before, begin = stage.cpu_seconds(folder), time.time()
    await services.queue.resume(DEFAULT_QUEUE)
    await stage.recorded(services, done + count)
    all_recorded, after = time.time() - begin, stage.cpu_seconds(folder)
    last = max(row.finished_at or 0 for row in await services.store.find(status=Status.SUCCEEDED, limit=count))
    return last / 1000 - begin, all_recorded, {role: after[role] - before[role] for role in GOALS}


def _rate(what: str, count: int, seconds: float, how: str) -> Figure:
    return Figure(what=what, value=count / seconds, unit="tasks/s", count=count, how=how)
