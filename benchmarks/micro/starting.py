"""How soon a task begins: from the call of submit to its first line, at a steady rate that waits for no answer."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import orjson
import uvloop

import benchmarks.micro.task_types  # noqa: F401 (registers the type that is submitted)
from benchmarks.micro import stage
from benchmarks.micro.amount import Amount
from benchmarks.micro.bare_worker import INBOX, OUTBOX
from benchmarks.micro.children import child
from benchmarks.micro.figures import Figure, Goal
from system.local.stack import Stack
from system.operations.new_task import NewTask
from system.operations.submit import Accept
from system.wiring import Settings, connect

T = TypeVar("T")
ACCEPTS: tuple[Accept, ...] = ("redis", "sql")
RATE = 200  # tasks a second
WARM_UP = 200  # tasks before it counts
SECONDS = 10.0
LEAD = 0.05
CONNECTIONS = 50  # of the bare way; the client refuses more than 100 calls at once
PERCENTS = (50, 95, 99)
GOALS = {50: Goal(at_most=0.6), 99: Goal(at_most=1.5)}
TO_BARE = Goal(at_most=2.1)  # the goals beside what the bare way took where they were set


def measure(amount: Amount, folder: Path) -> list[Figure]:
    """Measure on a system with one worker, and the bare way on the same server before it."""
    count = round(amount.seconds(SECONDS) * RATE)
    with stage.make(folder, workers=1) as stack:
        settings = stage.settings_of(stack, folder)
        with child("benchmarks.micro.bare_worker", settings=settings):
            bare = uvloop.run(_bare(settings, count))
        found = {accept: uvloop.run(_tasklab(stack, folder, accept, count)) for accept in ACCEPTS}
    return [
        *_percentiles("bare", bare, "LPUSH and BRPOP, nothing else"),
        *_percentiles("accept=redis", found["redis"], "from the call of submit", GOALS),
        Figure(
            what="start, accept=redis to bare, p50",
            value=statistics.median(found["redis"]) / statistics.median(bare),
            unit="ratio",
            count=count,
            how="of the same round",
            goal=TO_BARE,
        ),
        *_percentiles("accept=sql", found["sql"], "from the call of submit, a commit first"),
    ]


async def _bare(settings: Settings, count: int) -> list[float]:
    redis: Any = connect(settings)
    connections = asyncio.Semaphore(CONNECTIONS)

    async def push(called: float) -> None:
        async with connections:
            await redis.lpush(INBOX, repr(called))

    try:
        await _steadily(count, push)
        await stage.until(lambda: _has_length(redis, count + WARM_UP))
        return [float(waited) for waited in await redis.lrange(OUTBOX, WARM_UP, -1)]
    finally:
        await redis.aclose()


async def _has_length(redis: Any, length: int) -> bool:
    return bool(await redis.llen(OUTBOX) >= length)


async def _tasklab(stack: Stack, folder: Path, accept: Accept, count: int) -> list[float]:
    async with (
        stage.services_of(stack, folder) as services,
        stage.submitter_of(stack, folder, services, accept) as submitter,
    ):
        done = await stage.succeeded(services)

        async def submit(called: float) -> str:
            accepted = await submitter.submit(NewTask(type="benchmark_stamp", payload={"intended": called}))
            return accepted.row.id

        ids = await _steadily(count, submit)
        await stage.recorded(services, done + len(ids))
        rows = await services.store.get_many(ids[WARM_UP:])
    pairs = [orjson.loads(row.result or "") for row in rows]
    return [(started - called) * 1000 for called, started in pairs]


async def _steadily(count: int, send: Callable[[float], Awaitable[T]]) -> list[T]:
    """Call `send` at the rate, whatever the answers take, with the time of the call: timers are off by up to 1 ms."""
    begin = time.time() + LEAD

    async def at_its_time(number: int) -> T:
        await asyncio.sleep(max(0.0, begin + number / RATE - time.time()))
        return await send(time.time())

    return await asyncio.gather(*(at_its_time(number) for number in range(WARM_UP + count)))


def _percentiles(
    what: str, starts: list[float], how: str, goals: Mapping[int, Goal] = MappingProxyType({})
) -> list[Figure]:
    cuts = statistics.quantiles(starts, n=100)
    return [
        Figure(
            what=f"start, {what}, p{percent}",
            value=cuts[percent - 1],
            unit="ms",
            count=len(starts),
            how=f"{RATE} tasks/s, {how}",
            goal=goals.get(percent),
        )
        for percent in PERCENTS
    ]
