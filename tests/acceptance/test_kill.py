"""A hundred workers are killed with SIGKILL while five thousand tasks run, and not one task is lost."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from system.local.child import Pauses
from system.local.stack import Stack
from system.operations.new_task import NewTask
from system.operations.verdict import judge
from system.settings import Settings
from system.storage.store import Store
from system.tasks.task import OVER
from system.wiring import Services, import_handlers, make_stack, make_submitter, open_services

KILLS = 100
TASKS = 5_000
WORKERS = 4
LONGEST = 0.15  # seconds a task takes
SEED = 20_260_101
IMPATIENT = Pauses(first=0.05, longest=0.05)


@pytest.mark.timeout(300)  # 40 s on two idle cores
async def test_a_hundred_kills_lose_nothing(tmp_path: Path) -> None:
    """Accepted = succeeded, each result recorded once, and the queue is empty in the end."""
    chance = random.Random(SEED)
    news = [
        NewTask(type="sleep", payload={"seconds": chance.uniform(0, LONGEST)}, max_attempts=50) for _ in range(TASKS)
    ]
    settings = Settings(data=tmp_path / "data")
    import_handlers(settings)
    with make_stack(settings, workers=WORKERS, pauses=IMPATIENT) as stack:
        async with services_of(settings, stack) as services:
            await submit(settings, services, news)
            for number in range(1, KILLS + 1):
                await until_done(services.store, number * TASKS // (KILLS + 1))
                stack.kill_worker(chance.choice(stack.workers()).name)
            await until_done(services.store, TASKS)
            judgement = await judge(services.store, services.queue)
            stats = await services.queue.stats("default")
    record = judgement.record
    assert (record.accepted, record.succeeded, record.double_successes) == (TASKS, TASKS, 0)
    assert judgement.good
    assert record.killed > KILLS / 2, "the kills hit hardly anything"
    assert (stats.ready, stats.leased, stats.scheduled) == (0, 0, 0)


@asynccontextmanager
async def services_of(settings: Settings, stack: Stack) -> AsyncIterator[Services]:
    """Connect to a stack's services."""
    located = replace(settings, redis_url=stack.redis_url, database_url=stack.database_url)
    async with open_services(located) as services:
        yield services


async def submit(settings: Settings, services: Services, news: list[NewTask]) -> None:
    """Submit tasks."""
    submitter = make_submitter(settings, services)
    submitter.start()
    await submitter.submit_many(news)
    await submitter.stop()


async def until_done(store: Store, count: int) -> None:
    """Wait until so many tasks are over."""
    async with asyncio.timeout(110):
        while await done(store) < count:  # noqa: ASYNC110 - SQL does not call back
            await asyncio.sleep(0.02)


async def done(store: Store) -> int:
    """Count the tasks that are over."""
    counts = await store.counts()
    return sum(counts[status] for status in OVER)
