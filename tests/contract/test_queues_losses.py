"""What the plain queues lose or do twice. These tests are the lesson: they fail if a plain queue gets better."""

from __future__ import annotations

from dataclasses import replace

import pytest
from redis.asyncio import Redis

from system.queues.brpop import PROCESSING_SECONDS, STALE_SECONDS, BrpopQueue, processing_key
from system.queues.protocol import Cleanup
from system.queues.streams import StreamQueue
from system.tasks.outcome import RetryIn, Succeed
from tests.contract.queue_kit import (
    be_impatient,
    claim_one,
    drain,
    history,
    ids,
    kinds,
    new_task,
    new_tasks,
    settle,
    take_over,
)


@pytest.fixture
def brpop(redis_client: Redis, monkeypatch: pytest.MonkeyPatch) -> BrpopQueue:
    """Give the seed's queue."""
    be_impatient(monkeypatch)
    return BrpopQueue(redis_client)


@pytest.fixture
def streams(redis_client: Redis) -> StreamQueue:
    """Give a queue on Redis Streams."""
    return StreamQueue(redis_client, lease_seconds=30.0)


@pytest.fixture
def hasty_streams(redis_client: Redis) -> StreamQueue:
    """Give one whose leases end almost at once."""
    return StreamQueue(redis_client, lease_seconds=0.1)


# brpop


async def test_brpop_does_as_the_seed_wrote(brpop: BrpopQueue, redis_client: Redis) -> None:
    """A list while it waits, a key with 300 seconds to live while it runs, nothing afterwards."""
    task = new_task()
    await brpop.put([task])
    assert await redis_client.llen("{tl:default}:seed:task_queue") == 1
    claim = await claim_one(brpop)
    marked = "{tl:default}:seed:processing:" + task.id
    assert await redis_client.llen("{tl:default}:seed:task_queue") == 0
    assert await redis_client.get(marked) == b"processing"
    assert 290 < await redis_client.ttl(marked) <= 300
    await settle(brpop, claim)
    assert await redis_client.exists(marked) == 0


async def test_brpop_does_not_hand_a_dead_workers_task_out_again(brpop: BrpopQueue) -> None:
    """After a kill the task is gone: no lease ends, and no later claim brings it back."""
    await brpop.put(new_tasks(1))
    await claim_one(brpop, "ann")
    assert await brpop.abandon("ann", ["default"]) == 0
    assert await brpop.cleanup("default") == Cleanup()
    assert await drain(brpop, "bob") == []


async def test_brpop_loses_a_task_without_trace_between_brpop_and_set(brpop: BrpopQueue, redis_client: Redis) -> None:
    """A worker killed after BRPOP and before SET takes the task with it; nobody can tell that it was there."""
    task = new_task()
    await brpop.put([task])
    await redis_client.brpop(["{tl:default}:seed:task_queue"], timeout=1)  # the worker is killed after this
    assert await brpop.missing("default", [task.id]) == [task.id]
    assert await brpop.cleanup("default") == Cleanup()
    assert (await brpop.stats("default")).leased == 0
    assert await kinds(brpop, task) == ["queued"]


async def test_brpop_reports_an_orphan_only_in_its_last_minute(brpop: BrpopQueue, redis_client: Redis) -> None:
    """The clean-up goes by age, and has the id alone to report: without SQL the task is lost."""
    task = new_task()
    await brpop.put([task])
    await claim_one(brpop)
    assert await brpop.cleanup("default") == Cleanup()
    await redis_client.expire(processing_key("default", task.id), PROCESSING_SECONDS - STALE_SECONDS - 1)
    assert await brpop.cleanup("default") == Cleanup(orphaned=[task.id])
    assert await brpop.cleanup("default") == Cleanup(), "it is reported once"
    assert await drain(brpop, "bob") == []


async def test_brpop_reports_a_living_workers_task_as_an_orphan(brpop: BrpopQueue, redis_client: Redis) -> None:
    """Age is all it knows: renewing does not help a task that takes longer than four minutes."""
    task = new_task()
    await brpop.put([task])
    claim = await claim_one(brpop)
    await redis_client.expire(processing_key("default", task.id), PROCESSING_SECONDS - STALE_SECONDS - 1)
    assert await brpop.renew([claim]) == [True]
    assert await brpop.cleanup("default") == Cleanup(orphaned=[task.id])


async def test_brpop_forgets_an_orphan_after_five_minutes(brpop: BrpopQueue, redis_client: Redis) -> None:
    """A clean-up that comes too late finds nothing."""
    task = new_task()
    await brpop.put([task])
    await claim_one(brpop)
    await redis_client.delete(processing_key("default", task.id))  # as its time to live does
    assert await brpop.cleanup("default") == Cleanup()
    assert await brpop.missing("default", [task.id]) == [task.id]


async def test_brpop_takes_two_results_for_one_task(brpop: BrpopQueue) -> None:
    """Nothing tells a late finish from a timely one: both say True, and both are told."""
    task = new_task()
    await brpop.put([task])
    late = await claim_one(brpop, "ann")
    await brpop.put([task])  # as SQL does with an orphan
    held = await claim_one(brpop, "bob")
    assert await settle(brpop, held, Succeed('"bob"')) is True
    assert await settle(brpop, late, Succeed('"ann"')) is True
    assert [event.result for event in await history(brpop) if event.result] == ['"bob"', '"ann"']


# streams


async def test_streams_let_the_old_owner_acknowledge(hasty_streams: StreamQueue) -> None:
    """XACK asks for the entry, not for its holder: the late worker's answer is 1, the rightful one's 0."""
    await hasty_streams.put(new_tasks(1))
    lost = await claim_one(hasty_streams, "ann")
    held = await take_over(hasty_streams, "bob")
    assert await settle(hasty_streams, lost, Succeed('"late"')) is True
    assert await settle(hasty_streams, held, Succeed('"in time"')) is False
    assert [event.result for event in await history(hasty_streams) if event.result] == ['"late"', '"in time"']


async def test_streams_run_a_late_retry_besides_the_holder(hasty_streams: StreamQueue) -> None:
    """A late failure puts the task into a third pair of hands while the second is at it."""
    await hasty_streams.put(new_tasks(1))
    lost = await claim_one(hasty_streams, "ann")
    held = await take_over(hasty_streams, "bob")
    await settle(hasty_streams, lost, RetryIn(5.0, replace(lost.task, failures=1), "boom"))
    assert ids([await claim_one(hasty_streams, "cid")]) == ids([held])


async def test_streams_put_what_is_given_back_at_the_end(streams: StreamQueue) -> None:
    """A stream grows at one end only."""
    first, second = new_tasks(2)
    await streams.put([first, second])
    await streams.release([await claim_one(streams)])
    assert ids(await drain(streams)) == ids([second, first])


# both


async def test_putting_twice_runs_twice(brpop: BrpopQueue, streams: StreamQueue) -> None:
    """Neither knows its tasks by id: whoever is not sure whether a put arrived can only choose what to risk."""
    for queue in (brpop, streams):
        task = new_task()
        await queue.put([task])
        await queue.put([task])
        assert ids(await drain(queue)) == [task.id, task.id]
