"""The queues under contract: every implementation, each on an empty backend of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from system.queues.brpop import BrpopQueue
from system.queues.leases import LeaseQueue
from system.queues.memory import MemoryQueue
from system.queues.protocol import Queue
from system.queues.streams import StreamQueue
from tests.contract.queue_kit import be_impatient

MakeQueue = Callable[[float], Queue]
LONG = 30.0  # seconds: a lease that does not end while a test runs
BRIEF = 0.2


def make(kind: str, url: str | None, lease_seconds: float) -> Queue:
    """Make a queue of some kind."""
    if url is None:
        return MemoryQueue(lease_seconds=lease_seconds)
    redis: Redis = Redis.from_url(url, retry=Retry(NoBackoff(), 0))
    if kind == "brpop":
        return BrpopQueue(redis)
    if kind == "streams":
        return StreamQueue(redis, lease_seconds=lease_seconds)
    return LeaseQueue(redis, lease_seconds=lease_seconds)


@pytest.fixture(params=["memory", "leases", "brpop", "streams"])
def kind(request: pytest.FixtureRequest) -> str:
    """Name each kind of queue in turn."""
    return str(request.param)


@pytest.fixture
def backend(kind: str, request: pytest.FixtureRequest) -> str | None:
    """Give the URL of an empty Redis, for the kinds that need one."""
    return None if kind == "memory" else str(request.getfixturevalue("redis_url"))


@pytest.fixture
async def make_queue(kind: str, backend: str | None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MakeQueue]:
    """Make queues with leases of so many seconds."""
    be_impatient(monkeypatch)
    async with AsyncExitStack() as stack:

        def made(lease_seconds: float) -> Queue:
            queue = make(kind, backend, lease_seconds)
            stack.push_async_callback(queue.close)
            return queue

        yield made


@pytest.fixture
def queue(make_queue: MakeQueue) -> Queue:
    """Give a queue whose leases outlast the test."""
    return make_queue(LONG)


@pytest.fixture
def hasty(make_queue: MakeQueue) -> Queue:
    """Give a queue whose leases end almost at once."""
    return make_queue(BRIEF)
