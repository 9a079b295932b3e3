"""What every queue promises, part three: it tells what happened, counts what there is, and wakes who waits."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from system.queues.protocol import Ability, Queue
from system.tasks.context import Report
from system.tasks.events import Kind
from system.tasks.outcome import Bury, RetryIn, Settlement, Succeed
from tests.contract.queue_kit import (
    HOPELESS,
    claim_one,
    drain,
    history,
    ids,
    needs,
    new_task,
    new_tasks,
    now_ms,
    settle,
)

# What the history tells


async def test_success_is_told_with_result_and_times(queue: Queue) -> None:
    """Start and end are given as times ago, so that only the queue's clock dates them."""
    await queue.put(new_tasks(1))
    claim = await claim_one(queue)
    await queue.finish([Settlement(claim, Succeed('{"n": 1}'), started_ms_ago=250.0, ended_ms_ago=50.0)])
    told = (await history(queue))[-1]
    assert (told.kind, told.task_id, told.queue) == (Kind.SUCCEEDED, claim.task.id, "default")
    assert (told.token, told.delivery, told.result) == (claim.token, 1, '{"n": 1}')
    assert (told.started_at, told.finished_at) == (told.at - 250, told.at - 50)
    assert told.at == pytest.approx(now_ms(), abs=5000)


async def test_a_retry_is_told_with_its_error_and_time(queue: Queue) -> None:
    """The record needs to know why, how often, and when the next attempt may begin."""
    await queue.put(new_tasks(1))
    claim = await claim_one(queue)
    await settle(queue, claim, RetryIn(60.0, replace(claim.task, failures=3), "boom"))
    (told,) = [event for event in await history(queue) if event.kind is Kind.RETRYING]
    assert (told.token, told.error, told.failures) == (claim.token, "boom", 3)
    assert told.run_at is not None
    if Ability.SCHEDULING in queue.abilities:
        assert told.run_at == told.at + 60_000


async def test_how_far_a_task_is(queue: Queue) -> None:
    """Told by who holds it; a word that comes after the end is dropped. The plain kinds keep none."""
    await queue.put(new_tasks(1))
    claim = await claim_one(queue)
    report = Report("default", claim.task.id, claim.token, claim.delivery, 0.5, 'half "ü"')
    await queue.report([report, replace(report, token="7:bob")])  # noqa: S106 - it opens nothing
    await settle(queue, claim)
    await queue.report([report])
    told = [event for event in await history(queue) if event.kind is Kind.PROGRESS]
    if Ability.FENCING not in queue.abilities:
        assert told == []
        return
    assert [(one.token, one.delivery, one.done, one.text) for one in told] == [(claim.token, 1, 0.5, 'half "ü"')]


async def test_death_is_told_with_its_error(queue: Queue) -> None:
    """The last failure is counted too."""
    await queue.put([new_task(failures=4)])
    claim = await claim_one(queue)
    await settle(queue, claim, Bury("no way"))
    told = (await history(queue))[-1]
    assert (told.kind, told.token, told.error, told.failures) == (Kind.DEAD, claim.token, "no way", 5)


async def test_a_claim_is_told_with_its_worker(queue: Queue) -> None:
    """Who has it, under which token, for the how-manieth time."""
    await queue.put(new_tasks(1))
    claim = await claim_one(queue, "host:1")
    told = (await history(queue))[-1]
    assert (told.kind, told.token, told.worker, told.delivery) == (Kind.CLAIMED, claim.token, "host:1", 1)


async def test_an_announced_task_is_told_whole(queue: Queue) -> None:
    """Where Redis accepts tasks, SQL learns of them from the history."""
    announced, plain = new_task(payload={"a": [1]}, timeout=2.0, owner="me"), new_task()
    await queue.put([announced], announce=True)
    await queue.put([plain])
    assert [event.task for event in await history(queue)] == [announced, None]


async def test_a_schedule_is_told_with_its_time(queue: Queue) -> None:
    """Announced or not, a delayed task's time is in the history."""
    needs(queue, Ability.SCHEDULING)
    task = new_task(run_at=now_ms() + 60_000)
    await queue.put([task], announce=True)
    (told,) = await history(queue)
    assert (told.kind, told.run_at, told.task) == (Kind.SCHEDULED, task.run_at, task)


async def test_each_named_queue_has_a_history_of_its_own(queue: Queue) -> None:
    """What happens in one is not told in another."""
    await queue.put([new_task(queue="mail"), new_task(queue="video")])
    assert [event.queue for event in await history(queue, "mail")] == ["mail"]


# How the history is read


async def test_history_is_read_on_from_a_position(queue: Queue) -> None:
    """A reader that remembers where it was misses nothing and reads nothing twice."""
    tasks = new_tasks(5)
    for task in tasks:
        await queue.put([task])
    first = await queue.history("default", "0", 2)
    rest = await queue.history("default", first[-1].position, 100)
    assert [event.task_id for batch in first + rest for event in batch.events] == ids(tasks)
    assert len(first) == 2
    assert rest[-1].position == await queue.tail("default")
    assert await queue.history("default", rest[-1].position, 100) == []


async def test_one_call_is_one_batch(queue: Queue) -> None:
    """What was done together is told together."""
    await queue.put(new_tasks(3))
    (batch,) = await queue.history("default", "0", 100)
    assert [event.kind for event in batch.events] == [Kind.QUEUED] * 3
    assert {event.at for event in batch.events} == {int(batch.position.partition("-")[0])}


async def test_an_untold_history_ends_at_zero(queue: Queue) -> None:
    """A queue in which nothing happened yet has a tail, too."""
    assert await queue.tail("default") == "0"
    assert await queue.history("default", "0", 100) == []


async def test_a_reader_waits_for_news(queue: Queue) -> None:
    """It is woken by the first thing that happens, long before its patience ends."""
    reader = asyncio.create_task(queue.history("default", "0", 100, 4.0))
    begun = time.monotonic()
    await asyncio.sleep(0)
    await queue.put(new_tasks(1))
    assert len(await reader) == 1
    assert time.monotonic() - begun < 3


async def test_a_reader_does_not_wait_forever(queue: Queue) -> None:
    """Without news the answer is empty, when the time is over."""
    assert await queue.history("default", "0", 100, 0.05) == []


async def test_only_recorded_history_is_forgotten(queue: Queue) -> None:
    """What lies behind the recorded position stays, and so does what happened in the last seconds."""
    tasks = new_tasks(10)
    for task in tasks:
        await queue.put([task])
    batches = await queue.history("default", "0", 100)
    await queue.forget("default", batches[4].position)
    assert [event.task_id for event in await history(queue)] == ids(tasks)


# Stats


async def test_stats_count_what_waits_and_what_runs(queue: Queue) -> None:
    """Ready and leased are what the seed called queue_size and processing."""
    await queue.put(new_tasks(3))
    await claim_one(queue)
    stats = await queue.stats("default")
    assert (stats.ready, stats.leased, stats.scheduled, stats.paused) == (2, 1, 0, False)
    assert (await queue.stats("other")).ready == 0


async def test_stats_tell_the_age_of_the_oldest(queue: Queue) -> None:
    """Age counts from the time the task was to run."""
    created_at = now_ms() - 60_000
    await queue.put([new_task(created_at=created_at, run_at=created_at), *new_tasks(1)])
    assert (await queue.stats("default")).oldest_age_seconds == pytest.approx(60, abs=5)
    await drain(queue)
    assert (await queue.stats("default")).oldest_age_seconds == 0


async def test_stats_count_by_priority(queue: Queue) -> None:
    """Every priority has its count, also where it is zero."""
    needs(queue, Ability.PRIORITIES)
    await queue.put([new_task(priority=9), new_task(priority=0), new_task(priority=9)])
    assert (await queue.stats("default")).by_priority == {0: 1, **dict.fromkeys(range(1, 9), 0), 9: 2}


async def test_stats_count_what_was_finished(queue: Queue) -> None:
    """The last minute's attempts, and how many of them failed; what was refused counts for nothing."""
    needs(queue, Ability.FENCING)  # the plain ones keep no such count
    await queue.put(new_tasks(4))
    good, retried, bad, refused = (await queue.claim("ann", ["default"], 4)).claims
    await settle(queue, good)
    await settle(queue, retried, RetryIn(60.0, replace(retried.task, failures=1), "boom"))
    await settle(queue, bad, HOPELESS)
    assert await settle(queue, replace(refused, token=f"1{refused.token}")) is False
    stats = await queue.stats("default")
    assert (stats.finished_1m, stats.failed_1m) == (3, 2)
    assert (stats.leased, stats.scheduled) == (1, 1)


# Waiting


async def worker(queue: Queue, name: str, limit: int = 1) -> str:
    """Claim, and wait between claims, until there is a task; return its id."""
    while not (grant := await queue.claim(name, ["default"], limit)).claims:
        await queue.wait(["default"], 4.0 if grant.retry_in is None else min(grant.retry_in, 4.0))
    return grant.claims[0].task.id


async def test_a_put_wakes_a_waiting_worker(queue: Queue) -> None:
    """An idle worker sleeps, and is there at once when something comes."""
    waiting = asyncio.create_task(worker(queue, "ann"))
    await asyncio.sleep(0)
    task = new_task()
    begun = time.monotonic()
    await queue.put([task])
    assert await waiting == task.id
    assert time.monotonic() - begun < 3


async def test_two_waiting_workers_both_get_work(queue: Queue) -> None:
    """Two tasks wake two workers, also when one call brings both."""
    both = asyncio.gather(worker(queue, "ann"), worker(queue, "bob"))
    await asyncio.sleep(0)
    tasks = new_tasks(2)
    begun = time.monotonic()
    await queue.put(tasks)
    assert sorted(await both) == sorted(ids(tasks))
    assert time.monotonic() - begun < 3


async def test_nobody_sleeps_while_work_is_waiting(queue: Queue) -> None:
    """What comes between a claim that found nothing and the wait after it is not slept through."""
    assert (await queue.claim("ann", ["default"], 1)).claims == []
    await queue.put(new_tasks(1))
    begun = time.monotonic()
    await queue.wait(["default"], 4.0)
    assert time.monotonic() - begun < 3


async def test_nobody_sleeps_through_a_retry(queue: Queue) -> None:
    """One that is ordered between a claim that found nothing and the wait after it is taken when it is due."""
    needs(queue, Ability.SCHEDULING)
    await queue.put(new_tasks(1))
    claim = await claim_one(queue, "ann")
    assert (await queue.claim("bob", ["default"], 1)).claims == []
    await settle(queue, claim, RetryIn(0.05, replace(claim.task, failures=1), "boom"))
    begun = time.monotonic()
    await queue.wait(["default"], 4.0)
    assert await worker(queue, "bob") == claim.task.id
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize("limit", [1, 5])
async def test_a_delayed_task_is_known_to_more_than_one(queue: Queue, limit: int) -> None:
    """Two workers sleep; the one that is woken takes what comes, and the other one what falls due meanwhile."""
    needs(queue, Ability.SCHEDULING)
    both = asyncio.gather(worker(queue, "ann", limit), worker(queue, "bob", limit))
    await asyncio.sleep(0)
    now, later = new_task(), new_task(run_at=now_ms() + 300)
    begun = time.monotonic()
    await queue.put([later, now])
    assert sorted(await both) == sorted(ids([now, later]))
    assert time.monotonic() - begun < 3


async def test_a_worker_of_several_queues_is_woken_by_each(queue: Queue) -> None:
    """One wait covers all queues a worker serves."""
    waiting = asyncio.create_task(queue.wait(["mail", "video"], 4.0))
    begun = time.monotonic()
    await asyncio.sleep(0)
    await queue.put([new_task(queue="video")])
    await waiting
    assert time.monotonic() - begun < 3


async def test_a_resumed_queue_wakes_its_workers(queue: Queue) -> None:
    """The end of a pause is news."""
    needs(queue, Ability.PAUSING)
    task = new_task()
    await queue.pause("default")
    await queue.put([task])
    waiting = asyncio.create_task(worker(queue, "ann"))
    await asyncio.sleep(0)
    await queue.resume("default")
    assert await asyncio.wait_for(waiting, 3) == task.id


async def test_what_is_given_back_wakes_a_worker(queue: Queue) -> None:
    """Shutdown of one is work for another."""
    task = new_task()
    await queue.put([task])
    claim = await claim_one(queue, "ann")
    waiting = asyncio.create_task(worker(queue, "bob"))
    await asyncio.sleep(0)
    await queue.release([claim])
    assert await asyncio.wait_for(waiting, 3) == task.id


async def test_a_wait_ends(queue: Queue) -> None:
    """Without work it is over when the time is."""
    await asyncio.wait_for(queue.wait(["default"], 0.05), 3)


# Epochs


async def test_a_new_backend_has_no_epoch(queue: Queue) -> None:
    """The mark is what a Redis that lost its data lacks; each beginning makes another one."""
    assert await queue.epoch("default") is None
    first = await queue.begin_epoch("default")
    assert await queue.epoch("default") == first
    assert await queue.begin_epoch("default") != first
    assert await queue.epoch("other") is None
