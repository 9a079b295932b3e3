"""The queue goes away and comes back: the worker waits, says so once, and loses nothing that it may keep."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from structlog.testing import capture_logs

from system.local.redis_server import RedisServer
from system.queues.leases import LeaseQueue
from system.queues.protocol import Queue
from system.queues.registry import Registry, WorkerRegistry
from system.tasks.events import Kind
from tests.fixtures.workers import Rig, until


def told(logs: list[Any], *events: str) -> list[str]:
    """Return what was logged of certain events, in order."""
    return [entry["event"] for entry in logs if entry["event"] in events]


async def test_a_queue_that_comes_back(rig: Rig) -> None:
    """However often it is tried meanwhile, two lines are logged; then the worker goes on by itself."""
    rig.claims.away = True
    ids = await rig.put("noop", 3)
    with capture_logs() as logs:
        async with rig.working():
            await until(lambda: rig.claims.calls["claim"] >= 4)
            assert told(logs, "queue_away") == ["queue_away"]
            rig.claims.away = False
            await rig.ends(ids)
    assert told(logs, "queue_away", "queue_back") == ["queue_away", "queue_back"]


async def test_outcomes_wait_for_the_queue(rig: Rig) -> None:
    """What ended while the queue was away is settled when it is back, and not run again."""
    runs = 0
    started, go_on = asyncio.Event(), asyncio.Event()

    async def job() -> int:
        nonlocal runs
        runs += 1
        started.set()
        await go_on.wait()
        return runs

    rig.handler(job)
    ids = await rig.put()
    async with rig.working():
        await started.wait()
        rig.claims.away = True
        go_on.set()
        await until(lambda: rig.claims.calls["finish"] >= 2)
        rig.claims.away = False
        (end,) = await rig.ends(ids)
    assert (end.kind, end.result, runs) == (Kind.SUCCEEDED, "1", 1)


@pytest.mark.parametrize("lease_seconds", [0.9], indirect=True)
async def test_outcomes_do_not_wait_longer_than_their_lease(rig: Rig) -> None:
    """Then another worker answers for the task, which runs again."""
    started, go_on = asyncio.Event(), asyncio.Event()

    async def job() -> None:
        started.set()
        await go_on.wait()

    rig.handler(job)
    ids = await rig.put()
    async with rig.working() as worker:
        await started.wait()
        rig.claims.away = rig.renewals.away = True
        go_on.set()
        await until(lambda: worker.info()["lost"] == 1)
        rig.claims.away = rig.renewals.away = False
        (end,) = await rig.ends(ids)
    assert end.delivery == 2


async def test_a_server_that_is_killed_and_started_again(tmp_path: Path) -> None:
    """With a real server and its broken connections: work goes on within five seconds."""
    with RedisServer(tmp_path) as server:

        @asynccontextmanager
        async def connect() -> AsyncIterator[tuple[Queue, WorkerRegistry]]:
            async with Redis.from_url(server.url, retry=Retry(NoBackoff(), 0)) as redis:
                yield LeaseQueue(redis, lease_seconds=10), Registry(redis)

        async with connect() as (queue, registry):
            rig = Rig(connect, 10, queue, registry)
            with capture_logs() as logs:
                async with rig.working():
                    await rig.ends(await rig.put("noop"))
                    server.kill()
                    await until(lambda: told(logs, "queue_away") == ["queue_away"])
                    await asyncio.to_thread(server.start)
                    async with connect() as (rig.queue, _), asyncio.timeout(5):
                        await rig.ends(await rig.put("noop"))
                    await until(lambda: told(logs, "queue_back") == ["queue_back"])


async def test_a_worker_can_stop_while_the_queue_is_away(rig: Rig) -> None:
    """It does not wait for it beyond its grace."""
    rig.claims.away = True
    async with rig.working(grace_seconds=0.1) as worker:
        await until(lambda: rig.claims.calls["claim"] >= 2)
        worker.stop()
