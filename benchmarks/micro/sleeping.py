"""Tasks that wait for an answer, as most do: which share of the ideal their workers reach."""

from __future__ import annotations

import time
from pathlib import Path

import uvloop

from benchmarks.micro import stage
from benchmarks.micro.amount import Amount
from benchmarks.micro.figures import Figure, Goal
from system.local.stack import Stack
from system.operations.new_task import NewTask
from system.tasks.task import DEFAULT_QUEUE, Status

WORKERS = (1, 2, 4)
SECONDS = 0.02
SLOTS = 10
NEW = NewTask(type="sleep", payload={"seconds": SECONDS})


def measure(amount: Amount, folder: Path) -> list[Figure]:
    """Measure on a fresh system for each number of workers."""
    figures = []
    for workers in WORKERS:
        home = folder / f"workers-{workers}"
        with stage.make(home, workers) as stack:
            figures.append(uvloop.run(_measure(stack, home, workers, amount)))
    return figures


async def _measure(stack: Stack, folder: Path, workers: int, amount: Amount) -> Figure:
    """Measure from the first start to the last end, as the record has them, without the start of the drain."""
    slots = workers * SLOTS
    count = amount.of(200 * slots, slots)
    async with stage.services_of(stack, folder) as services:
        async with stage.submitter_of(stack, folder, services, "sql") as submitter:
            await stage.load_paused(services, submitter, NEW, count)
        begin = time.time()
        await services.queue.resume(DEFAULT_QUEUE)
        await stage.recorded(services, count)
        rows = await services.store.find(status=Status.SUCCEEDED, limit=count)
    last = max(row.finished_at or 0 for row in rows) / 1000
    return Figure(
        what=f"share of the ideal, W={workers}",
        value=count * SECONDS / slots / (last - begin) * 100,
        unit="%",
        count=count,
        how=f"{SECONDS * 1000:g} ms sleeps, {SLOTS} slots a worker, from the resume to the last finish",
        goal=Goal(at_least=96),
    )
