"""The services: which queue, which record, and how they are reached."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from system.policies.shares import priority_weights
from system.settings import Settings
from system.tasks.errors import TaskLabError
from system.wiring.places import own_database

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from system.local.machine import Finding
    from system.queues.protocol import Queue
    from system.queues.registry import WorkerRegistry
    from system.storage.session import Database
    from system.storage.store import Store

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 10.0  # above the longest time a command may block
ABANDON_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Services:
    """Queue and record, connected."""

    queue: Queue
    registry: WorkerRegistry
    database: Database
    store: Store


def connect(settings: Settings) -> Redis:
    """Make a client. It never sends a command twice: a claim whose reply was lost would be a task lost."""
    from redis.asyncio import Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.maint_notifications import MaintNotificationsConfig

    from system.queues.quick_connection import QuickPool

    url = settings.redis_url or ""
    if url.startswith(("redis+sentinel://", "redis+cluster://")):
        message = "Sentinel and Cluster come with a later release; use a redis:// or rediss:// URL"
        raise TaskLabError(message)
    try:
        pool = QuickPool.from_url(
            url,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=CONNECT_SECONDS,
            health_check_interval=30,
            maint_notifications_config=MaintNotificationsConfig(enabled=False),
            driver_info=None,  # CLIENT SETINFO costs a round trip, and a user of few rights may not send it
        )
    except ValueError as error:
        message = f"REDIS_URL can't be read: {error}"
        raise TaskLabError(message) from None
    return Redis.from_pool(pool)


def make_queue(settings: Settings, redis: Redis) -> Queue:
    """Make the queue of the chosen kind."""
    if settings.queue == "brpop":
        from system.queues.brpop import BrpopQueue

        return BrpopQueue(redis)
    if settings.queue == "streams":
        from system.queues.streams import StreamQueue

        return StreamQueue(redis, lease_seconds=settings.lease_seconds)
    from system.queues.leases import LeaseQueue

    return LeaseQueue(redis, lease_seconds=settings.lease_seconds, weights=priority_weights(settings.priorities))


def make_registry(redis: Redis) -> WorkerRegistry:
    """Make the register of workers."""
    from system.queues.registry import Registry

    return Registry(redis)


@asynccontextmanager
async def open_queue(settings: Settings) -> AsyncIterator[tuple[Queue, WorkerRegistry]]:
    """Connect to the queue alone, which is all that a worker needs."""
    redis = connect(settings)
    try:
        yield make_queue(settings, redis), make_registry(redis)
    finally:
        await redis.aclose()


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Connect to queue and record."""
    from system.storage.store import Store

    database = make_database(settings)
    try:
        async with open_queue(settings) as (queue, registry):
            yield Services(queue, registry, database, Store(database))
    finally:
        await database.close()


@asynccontextmanager
async def open_memory(settings: Settings) -> AsyncIterator[Services]:
    """Make queue and record in memory, for Phase 1."""
    from system.queues.memory import MemoryQueue, MemoryRegistry
    from system.storage.session import Database
    from system.storage.store import Store

    database = Database("sqlite+aiosqlite:///:memory:")
    try:
        queue = MemoryQueue(lease_seconds=settings.lease_seconds, weights=priority_weights(settings.priorities))
        yield Services(queue, MemoryRegistry(), database, Store(database))
    finally:
        await database.close()


def make_database(settings: Settings) -> Database:
    """Make the connection to the record."""
    from sqlalchemy.exc import ArgumentError

    from system.storage.session import Database

    try:
        return Database(settings.database_url or "")
    except ArgumentError as error:
        message = f"DATABASE_URL can't be read: {error}"
        raise TaskLabError(message) from None


async def migrate(services: Services) -> None:
    """Bring the record's tables up to date."""
    from system.storage.migrate import migrate

    await migrate(services.database)


async def abandon(settings: Settings, worker: str, queues: Sequence[str]) -> None:
    """End the leases of a dead worker; where Redis does not answer in time they end by themselves."""
    with suppress(TaskLabError, TimeoutError):
        async with asyncio.timeout(ABANDON_SECONDS):
            redis = connect(settings)
            try:
                await make_queue(settings, redis).abandon(worker, queues)
                await make_registry(redis).remove(worker)
            finally:
                await redis.aclose()


async def look_at_services(settings: Settings) -> list[Finding]:
    """Look at the services that the environment names; what it leaves to us needs no look."""
    from system.local.services import look_at_database, look_at_redis

    found: list[Finding] = []
    if settings.redis_url:
        redis = connect(settings)
        found += await look_at_redis(redis)
        await redis.aclose()
    if settings.database_url != own_database(settings.data):
        database = make_database(settings)
        found.append(await look_at_database(database))
        await database.close()
    return found
