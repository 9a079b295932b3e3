"""What a registry of workers promises, in memory and in Redis."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from system.queues.memory import MemoryRegistry
from system.queues.registry import Registry, WorkerRegistry
from tests.contract.queue_kit import eventually


@pytest.fixture(params=["memory", "redis"])
async def registry(request: pytest.FixtureRequest) -> AsyncIterator[WorkerRegistry]:
    """Give an empty registry of each kind."""
    if request.param == "memory":
        yield MemoryRegistry()
        return
    redis: Redis = Redis.from_url(request.getfixturevalue("redis_url"))
    yield Registry(redis)
    await redis.aclose()


async def test_nobody_works_at_first(registry: WorkerRegistry) -> None:
    """An empty registry lists nobody."""
    assert await registry.workers() == []


async def test_workers_are_listed_with_their_last_word(registry: WorkerRegistry) -> None:
    """By id, with what they last said of themselves and how long ago."""
    await registry.beat("bob", {"running": 1})
    await registry.beat("ann", {"queues": ["default"], "running": 0})
    await registry.beat("bob", {"running": 2})
    ann, bob = await registry.workers()
    assert ann.items() >= {"id": "ann", "queues": ["default"], "running": 0}.items()
    assert bob.items() >= {"id": "bob", "running": 2}.items()
    assert bob["last_heartbeat"] == pytest.approx(time.time() * 1000, abs=5000)
    assert 0 <= bob["age_seconds"] < 5


async def test_silence_grows_older(registry: WorkerRegistry) -> None:
    """A worker that says nothing stays listed, and its age tells."""

    async def older() -> bool:
        (worker,) = await registry.workers()
        return bool(worker["age_seconds"] >= 0.02)

    await registry.beat("ann", {})
    assert await eventually(older)


async def test_who_said_goodbye_is_forgotten(registry: WorkerRegistry) -> None:
    """Removing is final until the next heartbeat, and removing a stranger does no harm."""
    await registry.beat("ann", {})
    await registry.remove("ann")
    await registry.remove("stranger")
    assert await registry.workers() == []
