"""A whole system for one measurement: started, connected to, and looked at from outside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import psutil

from system.local.data_folder import DataFolder
from system.local.stack import Stack
from system.operations.new_task import NewTask
from system.operations.submit import Accept, Submitter
from system.tasks.task import DEFAULT_QUEUE, Status
from system.wiring import Services, Settings, make_stack, make_submitter, open_services, with_places

TASK_TYPES = "benchmarks.micro.task_types"
PATIENCE_SECONDS = 120.0
LOOK_SECONDS = 0.02
BATCH = 1_000


def make(folder: Path, workers: int) -> Stack:
    """Make a system on SQLite and an embedded server; as a context manager it runs."""
    return make_stack(with_places(Settings(data=folder)), workers=workers, imports=[TASK_TYPES])


@asynccontextmanager
async def services_of(stack: Stack, folder: Path) -> AsyncIterator[Services]:
    """Connect to a running system."""
    async with open_services(settings_of(stack, folder)) as services:
        yield services


@asynccontextmanager
async def submitter_of(stack: Stack, folder: Path, services: Services, accept: Accept) -> AsyncIterator[Submitter]:
    """Open a way in of our own."""
    submitter = make_submitter(replace(settings_of(stack, folder), accept=accept), services)
    submitter.start()
    try:
        yield submitter
    finally:
        await submitter.stop()


def settings_of(stack: Stack, folder: Path) -> Settings:
    """Return what leads to a running system."""
    return replace(with_places(Settings(data=folder)), redis_url=stack.redis_url)


async def load_paused(services: Services, submitter: Submitter, new: NewTask, count: int) -> None:
    """Let a backlog wait complete, put and read by the recorder, before any worker is let loose."""
    await services.queue.pause(DEFAULT_QUEUE)
    for _ in range(count // BATCH):
        await submitter.submit_many([new] * BATCH)
    await submitter.submit_many([new] * (count % BATCH))
    await until(lambda: _is_read(services))


async def recorded(services: Services, count: int) -> None:
    """Wait until so many tasks have succeeded in SQL; they are counted when the queue is empty and its history read."""
    await until(lambda: _is_empty(services))
    await until(lambda: _is_read(services))
    await until(lambda: _has_succeeded(services, count))


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something that other processes do."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await condition():  # noqa: ASYNC110 (other processes set no event of ours)
            await asyncio.sleep(LOOK_SECONDS)


async def succeeded(services: Services) -> int:
    """Return how many tasks have succeeded in SQL."""
    return (await services.store.counts())[Status.SUCCEEDED]


def cpu_seconds(folder: Path) -> dict[str, float]:
    """Return the CPU seconds that each process of the system has used so far, those of all workers as `worker`."""
    note = DataFolder(folder).running()
    spent: dict[str, float] = {}
    for name, pid in (note.children if note else {}).items():
        role, times = name.partition("-")[0], psutil.Process(pid).cpu_times()
        spent[role] = spent.get(role, 0.0) + times.user + times.system
    return spent


async def _is_empty(services: Services) -> bool:
    stats = await services.queue.stats(DEFAULT_QUEUE)
    return stats.ready + stats.leased + stats.scheduled == 0


async def _is_read(services: Services) -> bool:
    return await services.store.position(DEFAULT_QUEUE) == await services.queue.tail(DEFAULT_QUEUE)


async def _has_succeeded(services: Services, count: int) -> bool:
    return await succeeded(services) >= count
