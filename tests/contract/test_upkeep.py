"""What the upkeep process does by itself, and that it outlives the services it needs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from structlog.testing import capture_logs

from system.local.redis_server import RedisServer
from system.queues.leases import LeaseQueue
from system.queues.protocol import Cleanup
from system.storage.session import Database
from system.storage.store import Store
from system.tasks.errors import StoreUnavailable
from system.tasks.task import Status
from system.upkeep import loop, rounds
from system.upkeep.loop import Upkeep
from system.upkeep.pruner import HELPING, Pruner, Retention
from tests.fixtures.tasks import NOW, new_row
from tests.fixtures.upkeep import Bench

DEADLINE = 20.0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the rounds turn fast."""
    for name in ("HISTORY_SECONDS", "NAMES_SECONDS", "CLEANUP_SECONDS", "SWEEP_SECONDS", "PRUNE_SECONDS"):
        monkeypatch.setattr(loop, name, 0.05)
    monkeypatch.setattr(rounds, "RETRY_SECONDS", 0.05)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something to come true."""
    async with asyncio.timeout(DEADLINE):
        while not await condition():  # noqa: ASYNC110 (what is waited for happens in SQL and Redis, which don't call back)
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(bench: Bench, **options: Any) -> AsyncIterator[Upkeep]:
    """Run upkeep for a bench."""
    upkeep = Upkeep(
        bench.queue,
        bench.store,
        bench.projection,
        **{"queues": ["default"], "retention": Retention(1e10, 1e10), "grace_seconds": 0.0} | options,
    )
    task = asyncio.create_task(upkeep.run())
    try:
        yield upkeep
    finally:
        upkeep.stop()
        async with asyncio.timeout(DEADLINE):
            await task


async def test_it_records(bench: Bench) -> None:
    """A task's way is in the record as it goes."""
    async with running(bench, grace_seconds=1e9):
        await bench.put(await bench.accept())
        await bench.succeed(await bench.claim())
        await until(lambda: is_now(bench, ["succeeded"]))


async def is_now(bench: Bench, statuses: list[str]) -> bool:
    """Compare the record with what it should become."""
    return await bench.statuses() == statuses


async def test_it_puts_what_was_lost(leases: Bench) -> None:
    """Tasks that only SQL has are waiting a sweep later."""
    async with running(leases):
        rows = await leases.accept(3)

        async def all_wait() -> bool:
            return (await leases.queue.stats("default")).ready == len(rows)

        await until(all_wait)


async def test_it_serves_queues_as_they_appear(leases: Bench) -> None:
    """A queue that tasks are sent to for the first time is found in SQL."""
    async with running(leases):
        await leases.store.ensure_queue("new")
        await leases.accept(queue="new")

        async def it_waits() -> bool:
            return (await leases.queue.stats("new")).ready == 1

        await until(it_waits)


async def test_it_takes_back_what_dead_workers_hold(leases: Bench, redis_client: Redis) -> None:
    """Where no live worker claims, upkeep heals the queue."""
    short = Bench(LeaseQueue(redis_client, lease_seconds=0.05), leases.database)
    await short.put(await short.accept())
    await short.claim()
    async with running(short):

        async def it_was_lost() -> bool:
            return (await short.store.verdict()).killed == 1

        await until(it_was_lost)
    assert await short.statuses() == ["queued"]


async def test_it_puts_what_the_backend_kept_only_the_ids_of(leases: Bench) -> None:
    """A cleanup may find ids whose tasks are gone; SQL has them."""
    (row,) = await leases.accept()
    with patch.object(LeaseQueue, "cleanup", return_value=Cleanup(orphaned=[row.id])):
        async with running(leases, grace_seconds=1e9):

            async def it_waits() -> bool:
                return (await leases.queue.stats("default")).ready == 1

            await until(it_waits)


async def test_it_forgets_what_is_old(bench: Bench) -> None:
    """Finished tasks leave SQL after the retention, dead ones after a retention of their own, open ones never."""
    old = replace(new_row(), status=Status.SUCCEEDED, finished_at=NOW)
    letter = replace(old, id=new_row().id, status=Status.DEAD)
    await bench.store.insert([old, letter, new_row(run_at=2 * NOW)])
    async with running(bench, retention=Retention(1.0, 1e10), grace_seconds=1e9):

        async def it_is_gone() -> bool:
            return await bench.store.get(old.id) is None

        await until(it_is_gone)
    assert await bench.store.count_open() == 1
    assert await bench.store.dead() == [letter]


async def test_five_do_no_more_harm_than_one(leases: Bench, redis_client: Redis) -> None:
    """Over a wiped Redis and live workers, five processes leave the record that one would have left."""
    upkeeps = [Bench(leases.queue, leases.database) for _ in range(5)]
    async with running(upkeeps[0]), running(upkeeps[1]), running(upkeeps[2]), running(upkeeps[3]), running(upkeeps[4]):
        rows = await leases.accept(40)
        await redis_client.flushall()
        done = 0
        async with asyncio.timeout(DEADLINE):
            while done < len(rows):
                claims = (await leases.queue.claim("w1", ["default"], 7)).claims
                if claims:
                    await leases.succeed(claims)
                done += len(claims)
                await leases.queue.wait(["default"], 0.02)
        await until(lambda: is_now(leases, ["succeeded"] * len(rows)))
    verdict = await leases.store.verdict()
    assert (verdict.attempts, verdict.double_successes) == (len(rows), 0)


async def test_it_outlives_redis(sqlite: Database, tmp_path: Path) -> None:
    """It says once that Redis is away, goes on by itself when it is back, and says that once too."""
    with RedisServer(tmp_path / "redis") as server:
        client: Redis = Redis.from_url(server.url, retry=Retry(NoBackoff(), 0))
        bench = Bench(LeaseQueue(client, lease_seconds=30.0), sqlite)
        with capture_logs() as logs:
            async with running(bench):
                await bench.put(await bench.accept())
                await until(lambda: is_now(bench, ["queued"]))
                server.kill()
                await until(lambda: said(logs, "away", "Redis"))
                await bench.accept()
                server.start()
                await until(lambda: said(logs, "back", "Redis"))

                async def both_wait() -> bool:
                    return (await bench.queue.stats("default")).ready == 2

                await until(both_wait)
        await client.aclose()
    assert [line["event"] for line in logs] == ["away", "back"]


async def said(logs: Any, event: str, what: str) -> bool:
    """Look for a line of the log."""
    return any((line["event"], line["what"]) == (event, what) for line in logs)


async def test_it_outlives_sql(leases: Bench) -> None:
    """Meanwhile the queue is cleaned up all the same; what happened is recorded afterwards."""
    away = StoreUnavailable("the database does not serve")
    with capture_logs() as logs:
        async with running(leases, grace_seconds=1e9):
            rows = await leases.accept()
            with patch.object(Database, "read", side_effect=away), patch.object(Database, "write", side_effect=away):
                await until(lambda: said(logs, "away", "SQL"))
                await leases.put(rows)
                await leases.succeed(await leases.claim())
            await until(lambda: is_now(leases, ["succeeded"]))
            await until(lambda: said(logs, "back", "SQL"))
    assert [line["event"] for line in logs] == ["away", "back"]


async def test_one_jobs_mistake_is_not_anothers(leases: Bench) -> None:
    """A bug in one of them is said once, with its traceback, and the others go on."""
    with capture_logs() as logs, patch.object(Pruner, "prune", side_effect=ZeroDivisionError("bug")):
        async with running(leases, grace_seconds=1e9):
            await until(lambda: said(logs, "away", "ZeroDivisionError"))
            await leases.put(await leases.accept())
            await leases.succeed(await leases.claim())
            await until(lambda: is_now(leases, ["succeeded"]))
    (line,) = logs
    assert isinstance(line["exc_info"], ZeroDivisionError)


async def test_pruning_takes_helpings(sqlite: Database) -> None:
    """All that is old goes, however much it is."""
    store = Store(sqlite)
    await store.insert([replace(new_row(), status=Status.DEAD, finished_at=NOW + n) for n in range(HELPING + 3)])
    assert await Pruner(store, Retention(0.0, 60.0), clock=lambda: NOW / 1000 + 59).prune() == 0
    now = (NOW + HELPING + 1) / 1000
    assert await Pruner(store, Retention(1e10, 0.0), clock=lambda: now).prune() == HELPING + 1
    assert (await store.counts())[Status.DEAD] == 2
    assert await Pruner(store, Retention(1e10, 1e10, most_dead=1), clock=lambda: now).prune() == 1
    assert await Pruner(store, Retention(1e10, 1e10, most_dead=0), clock=lambda: now).prune() == 0
