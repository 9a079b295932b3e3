"""The Python client: submit, wait, look, cancel; the test is worker and recorder."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from redis.asyncio import Redis

import system
from system.client import Client, Parts
from system.operations.new_task import NewTask
from system.operations.submit import Submitter
from system.queues.leases import LeaseQueue
from system.queues.memory import MemoryQueue, MemoryRegistry
from system.queues.protocol import Queue
from system.storage.migrate import migrate
from system.storage.projection import Projection
from system.storage.session import Database
from system.storage.store import Store
from system.tasks.errors import AlreadyOver, InvalidBatch, InvalidPayload, NotDead, NotFound, TaskFailed, UnknownType
from system.tasks.outcome import Bury, Decision, Reason, Settlement, Succeed

SECONDS = 10.0  # more than any of this takes


@system.task("client-test")
def handler(number: int = 0) -> int:
    """Take one optional argument."""
    return number


@dataclass
class Bench:
    """An open client and what is behind it."""

    client: Client
    queue: Queue
    store: Store
    database: Database

    async def run(self, decision: Decision, *, recorded: bool = True) -> str:
        """Do the next task as a worker would, and return its id."""
        (claim,) = (await self.queue.claim("worker-1", ["default"], 1)).claims
        await self.queue.finish([Settlement(claim, decision, started_ms_ago=2, ended_ms_ago=1)])
        if recorded:
            await self.record()
        return claim.task.id

    async def record(self) -> None:
        """Bring all that happened into SQL."""
        projection = Projection(self.database)
        position, _ = await projection.position("default")
        while batches := await self.queue.history("default", position, 1_000):
            assert await projection.apply("default", expected=position, batches=batches)
            position = batches[-1].position


@pytest.fixture(params=["memory", "leases"])
def queue(request: pytest.FixtureRequest) -> Queue:
    """Give a queue in this process, then one on a real server."""
    if request.param == "memory":
        return MemoryQueue()
    client: Redis = request.getfixturevalue("redis_client")
    return LeaseQueue(client, lease_seconds=30)


@pytest.fixture
async def bench(queue: Queue) -> AsyncIterator[Bench]:
    """Open a client."""
    database = Database("sqlite+aiosqlite://")
    await migrate(database)
    store = Store(database)

    @asynccontextmanager
    async def parts() -> AsyncIterator[Parts]:
        yield Parts(store, queue, MemoryRegistry(), Submitter(store, queue, accept="sql", max_backlog=10_000))

    async with Client(parts) as client:
        yield Bench(client, queue, store, database)
    await database.close()


async def test_a_result(bench: Bench) -> None:
    """What the handler returned comes back as it was."""
    job = await bench.client.submit("client-test", {"number": 5}, priority=7)
    assert await job.status() == "queued"
    waiting = asyncio.create_task(job.result(timeout=SECONDS))
    await asyncio.sleep(0)
    assert await bench.run(Succeed('{"lines":[1,2],"big":123456789012345678901234567890}')) == job.id
    assert await waiting == {"lines": [1, 2], "big": 123456789012345678901234567890}
    assert await job.status() == "succeeded"
    assert await job.result() == {"lines": [1, 2], "big": 123456789012345678901234567890}


async def test_a_result_does_not_wait_for_the_record(bench: Bench) -> None:
    """The history wakes the waiter, however far behind the recorder is, even if all was over before the wait began."""
    job = await bench.client.submit("client-test")
    await bench.run(Succeed("1"), recorded=False)
    began = time.monotonic()
    assert await job.result(timeout=SECONDS) == 1
    assert time.monotonic() - began < 0.9  # seconds; the look into SQL comes each second


async def test_many_wait_together(bench: Bench) -> None:
    """A thousand waiters share one look at the history."""
    jobs = await bench.client.submit_many([("client-test", {"number": number}) for number in range(1_000)])
    waiting = asyncio.gather(*(job.result(timeout=SECONDS) for job in jobs))
    await asyncio.sleep(0)
    claims = (await bench.queue.claim("worker-1", ["default"], 1_000)).claims
    await bench.queue.finish(
        [
            Settlement(claim, Succeed(str(claim.task.payload["number"])), started_ms_ago=2, ended_ms_ago=1)
            for claim in claims
        ]
    )
    assert await waiting == list(range(1_000))


async def test_a_failure(bench: Bench) -> None:
    """The last error is what the waiter gets."""
    job = await bench.client.submit("client-test")
    await bench.run(Bury("ValueError: no such file"))
    with pytest.raises(TaskFailed, match="ValueError: no such file"):
        await job.result(timeout=SECONDS)


async def test_dead_letters(bench: Bench) -> None:
    """They are listed, brought back one by one or by what they died of, and thrown away."""
    for reason in (Reason.TIMEOUT, Reason.POISON, Reason.POISON):
        await bench.client.submit("client-test")
        await bench.run(Bury("boom", reason))
    late, *poison = reversed(await bench.client.dead_letters())
    assert [one["reason"] for one in (late, *poison)] == ["timeout", "poison", "poison"]
    assert [one["id"] for one in await bench.client.dead_letters(reason=Reason.TIMEOUT)] == [late["id"]]
    past = datetime(2020, 1, 1, tzinfo=UTC)
    assert await bench.client.dead_letters(died_before=past) == []
    assert len(await bench.client.dead_letters(died_after=past, limit=2)) == 2
    await bench.client.requeue(late["id"])
    with pytest.raises(NotDead):
        await bench.client.requeue(late["id"])
    assert (await bench.client.get(late["id"]))["requeues"] == 1
    await bench.client.purge(poison[0]["id"])
    assert await bench.client.requeue_dead(reason=Reason.POISON, type="other") == 0
    assert await bench.client.requeue_dead(reason=Reason.POISON) == 1
    assert await bench.client.purge_dead() == 0


async def test_why_a_job_does_not_run(bench: Bench) -> None:
    """The job itself can be asked."""
    job = await bench.client.submit("client-test", delay=600)
    found = await job.explain()
    assert found["status"] == "scheduled"
    assert [sentence.split(" until")[0] for sentence in found["because"]] == [
        "it is delayed",
        "no live worker serves queue default",
    ]


async def test_a_time_out(bench: Bench) -> None:
    """The wait ends, the task does not; a later wait may see its end."""
    job = await bench.client.submit("client-test")
    with pytest.raises(TimeoutError):
        await job.result(timeout=0.01)
    await bench.run(Succeed("7"))
    assert await job.result(timeout=SECONDS) == 7


async def test_sql_is_the_safety_net(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the history says nothing (trimmed, or the queue keeps none), SQL does within a second or so."""

    async def silent(*_: object) -> list[object]:
        await asyncio.sleep(0.01)
        return []

    monkeypatch.setattr(bench.queue, "history", silent)
    job = await bench.client.submit("client-test")
    waiting = asyncio.create_task(job.result(timeout=SECONDS))
    await asyncio.sleep(0.02)
    monkeypatch.undo()
    monkeypatch.setattr("system.operations.wait.Endings._note", lambda *_: None)
    await bench.run(Succeed("3"))
    assert await waiting == 3


async def test_cancel(bench: Bench) -> None:
    """A cancelled task's waiter is told so."""
    job = await bench.client.submit("client-test")
    waiting = asyncio.create_task(job.result(timeout=SECONDS))
    await asyncio.sleep(0)
    await job.cancel()
    with pytest.raises(TaskFailed, match="cancelled"):
        await waiting
    with pytest.raises(AlreadyOver):
        await bench.client.cancel(job.id)


async def test_get(bench: Bench) -> None:
    """A task as the HTTP API shows it."""
    job = await bench.client.submit("client-test", {"number": 1}, queue="other", delay=60, max_attempts=2, timeout=3)
    shown = await bench.client.get(job.id)
    assert (shown["id"], shown["queue"], shown["status"], shown["max_attempts"]) == (job.id, "other", "scheduled", 2)
    assert (await bench.client.job(job.id)).queue == "other"
    for id in ("01900000-0000-7000-8000-000000000000", "rubbish"):
        with pytest.raises(NotFound):
            await bench.client.get(id)


async def test_submit_many_takes_both_forms(bench: Bench) -> None:
    """Pairs for the common case, NewTask where more is to be said; the jobs come in the same order."""
    jobs = await bench.client.submit_many([("client-test", {"number": 1}), NewTask(type="client-test", priority=9)])
    rows = {row.id: row for row in await bench.store.get_many([job.id for job in jobs])}
    assert [rows[job.id].priority for job in jobs] == [5, 9]
    assert await bench.client.submit_many([]) == []


async def test_an_idempotency_key(bench: Bench) -> None:
    """Submitting again with the same key gives the same job."""
    jobs = [await bench.client.submit("client-test", idempotency_key="k") for _ in range(2)]
    assert jobs[0].id == jobs[1].id


async def test_what_can_not_be_submitted(bench: Bench) -> None:
    """The same errors as over HTTP, as exceptions, before anything is stored."""
    with pytest.raises(UnknownType):
        await bench.client.submit("nobody-knows")
    with pytest.raises(InvalidPayload):
        await bench.client.submit("client-test", {"more": 1})
    with pytest.raises(InvalidBatch):
        await bench.client.submit_many([("client-test", {}), ("nobody-knows", {})])
    for value in (float("nan"), 2**60, "\0", "\ud800", {1: 2}, object(), b"bytes"):
        with pytest.raises(InvalidPayload, match="/number"):
            await bench.client.submit("client-test", {"number": value})
    assert await bench.store.count_open() == 0


async def test_nothing_runs_while_nobody_waits(bench: Bench) -> None:
    """The shared look at the history ends with the last waiter."""
    job = await bench.client.submit("client-test")
    with pytest.raises(TimeoutError):
        await job.result(timeout=0.01)
    deadline = time.monotonic() + SECONDS
    while any(task.get_name() == "follow default" for task in asyncio.all_tasks()):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


def test_the_package_exports_the_client_lazily() -> None:
    """`from system import Client` works, and a worker that imports `system` loads no SQL."""
    code = "import sys, system; print('sqlalchemy' in sys.modules, system.Client.__name__, 'sqlalchemy' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).split() == ["False", "Client", "True"]
    with pytest.raises(AttributeError):
        _ = system.Nothing  # type: ignore[attr-defined]
