"""How what happens in a queue gets into the record, whoever records it and however often."""

from __future__ import annotations

import asyncio
import signal
import sys
from unittest.mock import patch

import pytest

from system.storage.projection import Projection
from system.tasks.errors import StoreUnavailable
from system.tasks.task import Status
from system.upkeep.recorder import HELPING, Recorder
from tests.fixtures.tasks import new_task
from tests.fixtures.upkeep import Bench


async def test_what_happens_is_recorded(bench: Bench) -> None:
    """From waiting over running to its end, the record follows the queue."""
    (row,) = await bench.accept()
    await bench.put([row])
    claims = await bench.claim()
    assert await bench.recorder.step("default", 0.0) == 2
    running = await bench.store.get(row.id)
    assert running is not None
    assert (running.status, running.worker) == (Status.RUNNING, "w1")
    await bench.succeed(claims)
    assert await bench.recorder.step("default", 0.0) == 1
    done = await bench.store.get(row.id)
    assert done is not None
    assert (done.status, done.result) == (Status.SUCCEEDED, "1")
    (attempt,) = await bench.store.attempts(row.id)
    assert attempt.outcome == "succeeded"
    assert attempt.claimed_at is not None
    assert attempt.started_at is not None
    assert attempt.finished_at is not None
    assert attempt.started_at < attempt.finished_at


async def test_a_step_waits_for_something_to_happen(bench: Bench) -> None:
    """It wakes as soon as there is something to record."""
    rows = await bench.accept()
    step = asyncio.create_task(bench.recorder.step("default", 30.0))
    await bench.put(rows)
    async with asyncio.timeout(5):
        assert await step == 1
    assert await bench.recorder.step("default", 0.001) == 0


async def test_catching_up_records_everything(bench: Bench) -> None:
    """It takes as many helpings as there are."""
    rows = await bench.accept(HELPING * 2)
    for row in rows:
        await bench.put([row])
    await bench.succeed(await bench.claim(len(rows)))
    assert await bench.recorder.catch_up("default")
    assert set(await bench.statuses()) == {"succeeded"}
    assert await bench.store.position("default") == await bench.queue.tail("default")


async def test_five_recorders_record_once(bench: Bench) -> None:
    """Each helping is one recorder's; together they leave the record that one would have left."""
    rows = await bench.accept(50)
    for row in rows:
        await bench.put([row])
    await bench.succeed(await bench.claim(50))
    recorders = [Recorder(bench.queue, Projection(bench.database)) for _ in range(5)]
    assert all(await asyncio.gather(*[one.catch_up("default") for one in recorders]))
    verdict = await bench.store.verdict()
    assert (verdict.succeeded, verdict.attempts, verdict.double_successes) == (50, 50, 0)


async def test_a_database_that_is_away_loses_nothing(bench: Bench) -> None:
    """What could not be recorded waits in the queue's history."""
    rows = await bench.accept()
    await bench.put(rows)
    await bench.succeed(await bench.claim())
    with (
        patch.object(Projection, "apply", side_effect=StoreUnavailable("away")),
        pytest.raises(StoreUnavailable),
    ):
        await bench.recorder.step("default", 0.0)
    assert await bench.statuses() == ["queued"]
    await bench.record()
    assert await bench.statuses() == ["succeeded"]


async def test_tasks_that_the_queue_alone_accepted(bench: Bench) -> None:
    """With accept=redis the history brings whole tasks, and the record gets its rows from there."""
    tasks = [new_task(payload={"n": n}, owner="ann") for n in range(3)]
    await bench.queue.put(tasks, announce=True)
    await bench.record()
    rows = await bench.store.find(owner="ann")
    assert [row.to_task() for row in reversed(rows)] == tasks


async def test_recorded_history_is_forgotten(bench: Bench) -> None:
    """The queue need not keep for ever what the record has; now and then it is told how far that is."""
    now = 0.0
    recorder = Recorder(bench.queue, bench.projection, clock=lambda: now)
    with patch.object(type(bench.queue), "forget", autospec=True) as forget:
        for _ in range(3):
            await bench.put(await bench.accept())
            await recorder.catch_up("default")
        assert forget.call_count == 1
        now = 60.0
        await bench.put(await bench.accept())
        await recorder.catch_up("default")
    assert forget.call_count == 2
    assert forget.call_args.args[1:] == ("default", await bench.queue.tail("default"))


async def test_an_unknown_queue_is_no_trouble(bench: Bench) -> None:
    """A queue that nothing ever happened in has nothing to record."""
    assert await bench.recorder.step("nobody", 0.0) == 0
    assert await bench.recorder.catch_up("nobody")


CRASHING = """
import asyncio, sys
from redis.asyncio import Redis
from system.queues.leases import LeaseQueue
from system.storage.projection import Projection
from system.storage.session import Database
from system.telemetry.failpoints import arm
from system.upkeep.recorder import Recorder

redis_url, database_url, failpoint = sys.argv[1:]
arm(failpoint, allowed=True)

async def main():
    queue = LeaseQueue(Redis.from_url(redis_url), lease_seconds=30)
    await Recorder(queue, Projection(Database(database_url))).catch_up("default")

asyncio.run(main())
"""


@pytest.mark.parametrize(("failpoint", "recorded"), [("recorder.before_commit", 0), ("recorder.after_commit", 1)])
async def test_a_recorder_that_is_killed(leases: Bench, redis_url: str, failpoint: str, recorded: int) -> None:
    """Before the commit it has done nothing, after it everything; the next one goes on from there."""
    rows = await leases.accept(HELPING + 1)
    for row in rows:
        await leases.put([row])
    await leases.succeed(await leases.claim(len(rows)))
    crash = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CRASHING, redis_url, leases.database.name, failpoint
    )
    assert await crash.wait() == -signal.SIGKILL
    position = await leases.store.position("default")
    history = await leases.queue.history("default", "0", HELPING)
    assert position == (history[-1].position if recorded else "0")
    await leases.record()
    verdict = await leases.store.verdict()
    assert (verdict.succeeded, verdict.attempts, verdict.double_successes) == (len(rows), len(rows), 0)
