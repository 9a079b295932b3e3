"""Bad input through the Python client: refused with an InvalidTask; nothing of it is stored, in SQL or in the queue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from redis.asyncio import Redis

from system.client import Client, Parts
from system.operations.new_task import NewTask
from system.operations.submit import Submitter
from system.queues.leases import LeaseQueue
from system.queues.memory import MemoryRegistry
from system.storage.migrate import migrate
from system.storage.session import Database
from system.storage.store import Store
from system.tasks.errors import InvalidBatch, InvalidPayload, InvalidTask, UnknownType
from system.tasks.handlers import task

MAX_PAYLOAD_BYTES = 10_000


@task("bad-client-test")
def handler(value: Any = None) -> Any:
    """Take one optional argument."""
    return value


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    """Make a record."""
    database = Database("sqlite+aiosqlite://")
    await migrate(database)
    yield Store(database)
    await database.close()


@pytest.fixture
async def client(store: Store, redis_client: Redis) -> AsyncIterator[Client]:
    """Open a client on a real server."""
    queue = LeaseQueue(redis_client, lease_seconds=30)

    @asynccontextmanager
    async def parts() -> AsyncIterator[Parts]:
        submitter = Submitter(store, queue, accept="sql", max_backlog=10_000, max_payload_bytes=MAX_PAYLOAD_BYTES)
        yield Parts(store, queue, MemoryRegistry(), submitter)

    async with Client(parts) as opened:
        yield opened


def deep(levels: int) -> dict[str, Any]:
    """Nest a payload so deep."""
    payload: dict[str, Any] = {}
    for _ in range(levels - 1):
        payload = {"value": payload}
    return payload


PAYLOADS: list[Any] = [
    *(
        {"value": value}
        for value in (float("nan"), 1e999, 2**53 + 1, "\0", "\ud800", {1: 2}, datetime.now(UTC), b"a", {1, 2}, object())
    ),
    deep(32),
    {"value": "x" * MAX_PAYLOAD_BYTES},
    {"value": 1, "more": 2},
    {"valeu": 1},
    [],
    "{}",
    b"{}",
    5,
]


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: type(payload).__name__)
async def test_payloads(client: Client, store: Store, redis_client: Redis, payload: Any) -> None:
    """One by one or among many good ones, with an idempotency key or without."""
    for key in (None, "key"):
        with pytest.raises(InvalidPayload):
            await client.submit("bad-client-test", payload, idempotency_key=key)
    good = [("bad-client-test", {"value": n}) for n in range(1_500)]
    with pytest.raises(InvalidBatch) as caught:
        await client.submit_many([*good, ("bad-client-test", payload), ("nobody-knows", {})])
    assert {place: type(error) for place, error in caught.value.errors.items()} == {
        1_500: InvalidPayload,
        1_501: UnknownType,
    }
    await nothing_stored(store, redis_client)


@pytest.mark.parametrize(
    "fields",
    [
        {"priority": "5"},
        {"priority": True},
        {"priority": 99},
        {"max_attempts": 3.0},
        {"max_attempts": 0},
        {"timeout": float("nan")},
        {"timeout": "3"},
        {"delay": -1},
        {"delay": float("inf")},
        {"delay": 1, "run_at": datetime.now(UTC)},
        {"run_at": datetime(2030, 1, 1)},  # noqa: DTZ001  (the point)
        {"run_at": "2030-01-01T00:00:00Z"},
        {"queue": "a{b}"},
        {"queue": None},
        {"idempotency_key": ""},
        {"idempotency_key": "x" * 256},
        {"idempotency_key": 5},
    ],
    ids="+".join,
)
async def test_fields(client: Client, store: Store, redis_client: Redis, fields: Any) -> None:
    """As strict as HTTP: a wrong type is an error of ours at once, not one of Redis or SQL later."""
    with pytest.raises(InvalidTask):
        await client.submit("bad-client-test", **fields)
    if "idempotency_key" not in fields:
        with pytest.raises(InvalidBatch):
            await client.submit_many([NewTask(type="bad-client-test", **fields)])
    await nothing_stored(store, redis_client)


@pytest.mark.parametrize("type", ["nobody-knows", "", None, 5, ["bad-client-test"]], ids=repr)
async def test_types(client: Client, store: Store, redis_client: Redis, type: Any) -> None:
    """A name of a registered handler is needed."""
    with pytest.raises(InvalidTask):
        await client.submit(type)
    await nothing_stored(store, redis_client)


async def test_what_is_good_is_stored(client: Client, store: Store, redis_client: Redis) -> None:
    """The looks for what is stored see what there is."""
    await asyncio.gather(client.submit("bad-client-test", deep(31)), client.submit("bad-client-test", {"value": "é"}))
    assert await store.count_open() == 2
    assert await redis_client.keys() != []


async def nothing_stored(store: Store, redis: Redis) -> None:
    """Check that neither SQL nor Redis has anything."""
    assert sum((await store.counts()).values()) == 0
    assert await redis.keys() == []
