"""How fast tasks are put and accepted, with nobody to run them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import uvloop

from benchmarks.row import Row, rate
from system.operations.ids import new_id
from system.operations.new_task import NewTask
from system.operations.submit import Submitter
from system.queues.protocol import Queue
from system.wiring import Settings, make_submitter, migrate, open_services, some_redis, with_places

BATCH = 1_000
CALLERS = 100
PAYLOAD = {"text": "x" * 88}  # 100 bytes of JSON


def measure_accepting(folder: Path, count: int) -> list[Row]:
    """Measure on an embedded server and SQLite in `folder`; no worker and no recorder runs."""
    with some_redis(with_places(Settings(data=folder))) as settings:
        return uvloop.run(_measure(settings, count))


async def _measure(settings: Settings, count: int) -> list[Row]:
    async with open_services(settings) as services:
        await migrate(services)
        submitter = make_submitter(settings, services)
        submitter.start()
        rows = [await _put(services.queue, count), *await _submit(submitter, count)]
        await submitter.stop()
        return rows


async def _put(queue: Queue, count: int) -> Row:
    tasks = [_new("put").to_task(new_id(), owner=None, now_ms=0) for _ in range(count)]

    async def work() -> None:
        for start in range(0, count, BATCH):
            await queue.put(tasks[start : start + BATCH])

    return await rate("put", count, work(), f"batches of {BATCH:,}, Redis only")


async def _submit(submitter: Submitter, count: int) -> list[Row]:
    few = count // 20

    async def one_by_one(tasks: int, queue: str) -> None:
        for _ in range(tasks):
            await submitter.submit(_new(queue))

    async def side_by_side() -> None:
        await asyncio.gather(*(one_by_one(count // CALLERS, "many") for _ in range(CALLERS)))

    async def bulk() -> None:
        for _ in range(count // BATCH):
            await submitter.submit_many([_new("bulk")] * BATCH)

    return [
        await rate("submit, one by one", few, one_by_one(few, "one"), "a commit each"),
        await rate(f"submit, {CALLERS} callers", count, side_by_side(), "commits are shared"),
        await rate("submit, bulk", count, bulk(), f"batches of {BATCH:,}"),
    ]


def _new(queue: str) -> NewTask:
    return NewTask(type="echo", payload=PAYLOAD, queue=queue)
