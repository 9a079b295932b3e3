"""How a trial looks at the system it loads, and lets it go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from redis.asyncio import Redis
from redis.exceptions import RedisError

from benchmarks.engine.drain import drain
from system.queues.protocol import Stats
from system.tasks.errors import QueueUnavailable
from system.tasks.task import DEFAULT_QUEUE, Status
from system.wiring import Services, Settings, connect, open_services

Tell = Callable[[int], None]
"""Is told how many tasks are open."""


class View(Protocol):
    """What one can see and do from outside; everything raises TaskLabError where the system does not answer."""

    async def counts(self) -> tuple[int, int] | None:
        """Return how many tasks were accepted and how many ended so far; None where that is not told."""

    async def open(self) -> int:
        """Return how many tasks have no recorded end; may stop counting at 1."""

    async def stats(self) -> Stats:
        """Return the queue's figures."""

    async def redis_commands(self) -> int | None:
        """Return how many commands Redis has carried out; None where there is no Redis."""

    async def ready(self) -> int:
        """Return how many workers have said that they are there."""

    async def pause(self) -> None:
        """Hand out no tasks."""

    async def resume(self) -> None:
        """Hand them out again."""

    async def rest(self, patience: float, hurry: asyncio.Event, tell: Tell) -> bool:
        """Wait until nothing waits, nothing runs and all is recorded; False where that does not come."""

    def record(self) -> AbstractAsyncContextManager[Services]:
        """Give what the checker reads."""


class ServicesView:
    """Phase 2, seen as its own processes see it: in Redis and SQL."""

    def __init__(self, services: Services, redis: Redis) -> None:
        self.services = services
        self._redis = redis

    async def counts(self) -> tuple[int, int]:
        """Count in SQL: what is not there has not ended."""
        found = await self.services.store.counts()
        return sum(found.values()), sum(count for status, count in found.items() if Status(status).over)

    async def open(self) -> int:
        """Count in SQL."""
        return await self.services.store.count_open()

    async def stats(self) -> Stats:
        """Ask the queue."""
        return await self.services.queue.stats(DEFAULT_QUEUE)

    async def redis_commands(self) -> int:
        """Ask Redis, which counts this question too."""
        try:
            return int((await self._redis.info("stats"))["total_commands_processed"])
        except (RedisError, OSError) as error:
            raise QueueUnavailable(str(error)) from None

    async def ready(self) -> int:
        """Ask the register of workers."""
        return len(await self.services.registry.workers())

    async def pause(self) -> None:
        """Pause the queue."""
        await self.services.queue.pause(DEFAULT_QUEUE)

    async def resume(self) -> None:
        """Resume it."""
        await self.services.queue.resume(DEFAULT_QUEUE)

    async def rest(self, patience: float, hurry: asyncio.Event, tell: Tell) -> bool:
        """Wait as every checked run does."""
        return await drain(self.services, patience, hurry=hurry, tell=tell)

    @asynccontextmanager
    async def record(self) -> AsyncIterator[Services]:
        """Give the services themselves."""
        yield self.services


@asynccontextmanager
async def look_through_services(settings: Settings) -> AsyncIterator[ServicesView]:
    """Connect."""
    redis = connect(settings)
    try:
        async with open_services(settings) as services:
            yield ServicesView(services, redis)
    finally:
        await redis.aclose()
