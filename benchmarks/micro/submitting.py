"""What accepting costs in a program of one's own: one by one, by many callers at once, and in bulk; no worker runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import uvloop

from benchmarks.micro.amount import PAYLOAD, Amount, echo
from benchmarks.micro.figures import Figure, Goal
from benchmarks.micro.spent import MICRO, spent
from system.operations.submit import Accept, Submitter
from system.wiring import Settings, connect, make_submitter, migrate, open_services, some_redis, with_places

BATCH = 1_000
CALLERS = 100


def measure(amount: Amount, folder: Path) -> list[Figure]:
    """Measure on an embedded server and SQLite in `folder`."""
    with some_redis(with_places(Settings(data=folder))) as settings:
        return uvloop.run(_measure(settings, amount))


async def _measure(settings: Settings, amount: Amount) -> list[Figure]:
    bare = await _bare(settings, amount.of(2_000))
    redis = await _accepting(settings, "redis", amount)
    sql = await _accepting(settings, "sql", amount)
    return [
        bare,
        *redis,
        _ratio("one by one, accept=redis, to the bare push", redis[0], bare, 0.75),
        *sql,
        _ratio("100 callers to one, accept=sql", sql[2], sql[0], 10),
    ]


async def _bare(settings: Settings, count: int) -> Figure:
    """Push JSON to a list, with the same client: what no queue on it can beat."""
    redis: Any = connect(settings)
    try:
        with spent() as cost:
            for number in range(count):
                await redis.lpush("bare", orjson.dumps({"id": number, "payload": PAYLOAD}))
    finally:
        await redis.aclose()
    return Figure(
        what="bare push, one by one", value=count / cost.wall, unit="tasks/s", count=count, how="LPUSH, nothing else"
    )


async def _accepting(settings: Settings, accept: Accept, amount: Amount) -> list[Figure]:
    settings = replace(settings, accept=accept)
    async with open_services(settings) as services:
        await migrate(services)
        submitter = make_submitter(settings, services)
        submitter.start()
        try:
            return await _submit(submitter, accept, amount)
        finally:
            await submitter.stop()


async def _submit(submitter: Submitter, accept: Accept, amount: Amount) -> list[Figure]:
    few, many = amount.of(2_000 if accept == "redis" else 500), amount.of(20_000, BATCH)
    goal = Goal(at_least=25_000) if accept == "sql" else None
    return [
        *await _rate(f"one by one, accept={accept}", few, _one_by_one(submitter, few)),
        *await _rate(f"{CALLERS} callers, accept={accept}", many, _side_by_side(submitter, many)),
        *await _rate(f"bulk, accept={accept}", many, _bulk(submitter, many), f"calls of {BATCH:,}", goal),
    ]


async def _one_by_one(submitter: Submitter, count: int) -> None:
    for _ in range(count):
        await submitter.submit(echo("one"))


async def _side_by_side(submitter: Submitter, count: int) -> None:
    await asyncio.gather(*(_one_by_one(submitter, count // CALLERS) for _ in range(CALLERS)))


async def _bulk(submitter: Submitter, count: int) -> None:
    for _ in range(count // BATCH):
        await submitter.submit_many([echo("bulk") for _ in range(BATCH)])


async def _rate(
    what: str, count: int, work: Awaitable[None], how: str = "one task a call", goal: Goal | None = None
) -> tuple[Figure, Figure]:
    with spent() as cost:
        await work
    return (
        Figure(what=what, value=count / cost.wall, unit="tasks/s", count=count, how=how, goal=goal),
        Figure(
            what=f"{what}: CPU", value=cost.cpu / count * MICRO, unit="µs CPU/task", count=count, how="this process"
        ),
    )


def _ratio(what: str, one: Figure, other: Figure, goal: float) -> Figure:
    return Figure(
        what=what,
        value=one.value / other.value,
        unit="ratio",
        count=one.count,
        how="of the same round",
        goal=Goal(at_least=goal),
    )
