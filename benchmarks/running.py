"""How fast one worker runs tasks, and how soon it begins, while the recorder writes down what happens."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import orjson
import psutil
import uvloop

from benchmarks.accepting import BATCH
from benchmarks.row import Row, per_second
from system.local.data_folder import DataFolder
from system.operations.new_task import NewTask
from system.operations.submit import Submitter
from system.tasks.task import DEFAULT_QUEUE, Status
from system.wiring import Services, Settings, make_stack, make_submitter, open_services, with_places

RATE = 200  # tasks a second, for the start latency
WARM_UP = 200  # tasks before it counts
PATIENCE_SECONDS = 120.0
LOOK_SECONDS = 0.05
MEASURED = ("worker-1", "redis", "upkeep")


def measure_running(folder: Path, count: int, seconds: float) -> list[Row]:
    """Measure on a whole system in `folder`: `seconds` of a steady rate, then a drain of `count` no-ops."""
    settings = with_places(Settings(data=folder))
    with make_stack(settings, workers=1, imports=["benchmarks.stamp"]) as stack:
        return uvloop.run(_measure(replace(settings, redis_url=stack.redis_url), count, seconds))


async def _measure(settings: Settings, count: int, seconds: float) -> list[Row]:
    async with open_services(settings) as services:
        tasks = round(seconds * RATE)
        async with _submitter(replace(settings, accept="redis"), services) as submitter:
            rows = [await _start(services, submitter, tasks, "accepted by Redis")]
        async with _submitter(replace(settings, accept="sql"), services) as submitter:
            rows.append(await _start(services, submitter, tasks, "accepted by SQL, a commit first"))
            return [*rows, *await _drain(settings.data, services, submitter, count)]


@asynccontextmanager
async def _submitter(settings: Settings, services: Services) -> AsyncIterator[Submitter]:
    submitter = make_submitter(settings, services)
    submitter.start()
    yield submitter
    await submitter.stop()


async def _start(services: Services, submitter: Submitter, count: int, how: str) -> Row:
    """Submit at a steady rate, however long the answers take, and compare each start with the intended submit."""
    done = (await services.store.counts())[Status.SUCCEEDED]
    begin = time.time() + LOOK_SECONDS

    async def submit(number: int) -> str:
        intended = begin + number / RATE
        await asyncio.sleep(max(0.0, intended - time.time()))
        return (await submitter.submit(NewTask(type="benchmark_stamp", payload={"intended": intended}))).row.id

    ids = (await asyncio.gather(*(submit(number) for number in range(WARM_UP + count))))[WARM_UP:]
    await _until(lambda: _is_recorded(services, done + WARM_UP + count))
    pairs = [orjson.loads(row.result or "") for row in await services.store.get_many(ids)]
    cuts = statistics.quantiles(((started - intended) * 1000 for intended, started in pairs), n=100)
    value = " / ".join(f"{cuts[percent - 1]:.1f}" for percent in (50, 95, 99)) + " ms"
    return Row("start latency", value, f"p50 / p95 / p99 of {count:,} tasks at {RATE}/s, {how}")


async def _drain(folder: Path, services: Services, submitter: Submitter, count: int) -> list[Row]:
    """Run a backlog of no-ops that waits complete when the worker is let loose."""
    done = (await services.store.counts())[Status.SUCCEEDED]
    await services.queue.pause(DEFAULT_QUEUE)
    for _ in range(count // BATCH):
        await submitter.submit_many([NewTask(type="noop")] * BATCH)
    await _until(lambda: _is_read(services))

    before, begin = _cpu_seconds(folder), time.time()
    await services.queue.resume(DEFAULT_QUEUE)
    await _until(lambda: _is_recorded(services, done + count))
    recorded, after = time.time() - begin, _cpu_seconds(folder)

    last = max(row.finished_at or 0 for row in await services.store.find(status=Status.SUCCEEDED, limit=count))
    return [
        per_second("drain, run", count, last / 1000 - begin, "no-ops, one worker, to the last finish"),
        per_second("drain, recorded", count, recorded, "the same, to the last end in SQL"),
        *(Row(f"CPU, {name}", f"{(after[name] - before[name]) / count * 1e6:,.0f} µs/task", "") for name in MEASURED),
    ]


async def _is_read(services: Services) -> bool:
    return await services.store.position(DEFAULT_QUEUE) == await services.queue.tail(DEFAULT_QUEUE)


async def _is_recorded(services: Services, count: int) -> bool:
    return (await services.store.counts())[Status.SUCCEEDED] >= count


def _cpu_seconds(folder: Path) -> dict[str, float]:
    note = DataFolder(folder).running()
    times = {name: psutil.Process(note.children[name]).cpu_times() for name in MEASURED} if note else {}
    return {name: spent.user + spent.system for name, spent in times.items()}


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await condition():  # noqa: ASYNC110 (other processes set no event of ours)
            await asyncio.sleep(LOOK_SECONDS)
