"""What every queue promises, part one: a task's way through put, claim and finish, and what may keep it waiting.

Each test runs on each kind of queue; a kind that lacks the ability skips it and says so. What the plain kinds lose is
written down in test_queues_losses.py.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import chain

import pytest

from system.queues.protocol import Ability, Queue
from system.tasks.errors import Unsupported
from system.tasks.outcome import RetryIn
from tests.contract.queue_kit import (
    HOPELESS,
    claim_one,
    drain,
    eventually,
    ids,
    kinds,
    needs,
    new_task,
    new_tasks,
    now_ms,
    settle,
)

HOUR = 3_600_000  # ms


# put and claim


async def test_first_in_first_out(queue: Queue) -> None:
    """Tasks of one priority are handed out in the order they were put."""
    first, second, third = new_tasks(3)
    await queue.put([first, second])
    await queue.put([third])
    assert ids(await drain(queue)) == ids([first, second, third])


async def test_a_claim_carries_the_whole_task(queue: Queue) -> None:
    """The worker gets what was put, to the last field, and is told that this is the first delivery."""
    task = new_task(
        payload={"text": 'ü\u2028"\\', "numbers": [1, 2.5, None, True], "nested": {"a": {}}},
        priority=7,
        max_attempts=3,
        timeout=1.5,
        failures=2,
        owner="me",
    )
    await queue.put([task])
    claim = await claim_one(queue)
    assert claim.task == task
    assert claim.delivery == 1


async def test_a_token_names_its_worker(queue: Queue) -> None:
    """A token reads `number:worker`."""
    await queue.put(new_tasks(1))
    claim = await claim_one(queue, "host:7")
    number, _, worker = claim.token.partition(":")
    assert number
    assert worker == "host:7"


@pytest.mark.parametrize("limit", [1, 2, 100])
async def test_a_claim_brings_no_more_than_asked(queue: Queue, limit: int) -> None:
    """A worker gets as many tasks as it has room for, and the rest stays for others."""
    tasks = new_tasks(5)
    await queue.put(tasks)
    first = (await queue.claim("ann", ["default"], limit)).claims
    assert 1 <= len(first) <= limit
    assert ids(first) + ids(await drain(queue, "bob")) == ids(tasks)


async def test_an_empty_queue_grants_nothing(queue: Queue) -> None:
    """Where nothing waits and nothing is to come, a claim is empty and knows no time to ask again."""
    grant = await queue.claim("ann", ["default"], 10)
    assert grant.claims == []
    assert grant.retry_in is None


async def test_a_task_goes_to_one_worker(queue: Queue) -> None:
    """Workers that claim at the same time share the tasks; none is handed out twice."""
    tasks = new_tasks(40)
    await queue.put(tasks)
    shares = await asyncio.gather(*[drain(queue, worker, limit=3) for worker in ("ann", "bob", "cid")])
    assert sorted(chain.from_iterable(map(ids, shares))) == sorted(ids(tasks))


async def test_what_is_not_settled_is_still_there(queue: Queue) -> None:
    """A task leaves the queue when its claim is settled, not when it is handed out."""
    waiting, running = new_tasks(2)
    await queue.put([running])
    await claim_one(queue)
    await queue.put([waiting])
    assert await queue.missing("default", [*ids([waiting, running]), "unheard-of"]) == ["unheard-of"]


async def test_putting_twice_is_putting_once(queue: Queue) -> None:
    """A task that is there already, waiting or running, is left alone: whoever is not sure may put again."""
    needs(queue, Ability.CANCELLING)  # that is, it can find a task by its id
    task = new_task()
    await queue.put([task, task])
    await queue.put([task])
    await claim_one(queue)
    await queue.put([task])
    assert await drain(queue, "bob") == []
    assert await kinds(queue, task) == ["queued", "claimed"]


async def test_what_is_over_may_be_put_again(queue: Queue) -> None:
    """The queue forgets what has ended, so that a dead letter can be requeued under its old id."""
    task = new_task()
    await queue.put([task])
    await settle(queue, await claim_one(queue), HOPELESS)
    await queue.put([task])
    assert ids([await claim_one(queue)]) == [task.id]


# several named queues


async def test_a_worker_serves_the_queues_it_names(queue: Queue) -> None:
    """Named queues are separate; one call may put into several."""
    mail, video = new_task(queue="mail"), new_task(queue="video")
    await queue.put([mail, video])
    assert ids(await drain(queue, "ann", "video")) == [video.id]
    assert ids(await drain(queue, "ann", "mail", "video")) == [mail.id]


async def test_queues_are_asked_in_their_order(queue: Queue) -> None:
    """The first queue named goes first; others fill what room is left."""
    mails, videos = new_tasks(2, queue="mail"), new_tasks(2, queue="video")
    await queue.put(mails + videos)
    assert ids(await drain(queue, "ann", "video", "mail", limit=3)) == ids(videos + mails)


async def test_claims_of_several_queues_are_settled_together(queue: Queue) -> None:
    """One call may settle claims of several queues; the answers keep the order of the questions."""
    tasks = [new_task(queue="mail"), new_task(queue="video"), new_task(queue="mail")]
    await queue.put(tasks)
    claims = await drain(queue, "ann", "mail", "video")
    assert await queue.renew(claims) == [True] * 3
    await queue.release(claims)
    assert sorted(ids(await drain(queue, "bob", "mail", "video"))) == sorted(ids(tasks))


# priorities


async def test_higher_priorities_go_first(queue: Queue) -> None:
    """9 goes before 0, whenever it was put; among equals, first in is first out."""
    needs(queue, Ability.PRIORITIES)
    low, high, middle, also_high = (new_task(priority=priority) for priority in (0, 9, 5, 9))
    await queue.put([low, high, middle, also_high])
    assert ids(await drain(queue)) == ids([high, also_high, middle, low])


async def test_the_lowest_priority_does_not_starve(queue: Queue) -> None:
    """However much waits above it, the lowest waiting priority gets every sixteenth turn."""
    needs(queue, Ability.PRIORITIES)
    low = new_task(priority=1)
    await queue.put([low, *new_tasks(40, priority=9), *new_tasks(40, priority=5)])
    first_sixteen = [await claim_one(queue) for _ in range(16)]
    assert [claim.task.priority for claim in first_sixteen] == [9] * 15 + [1]


# scheduling


async def test_a_task_waits_for_its_time(queue: Queue) -> None:
    """A task whose time is to come is not handed out, and a claim tells when it pays to ask again."""
    needs(queue, Ability.SCHEDULING)
    await queue.put([new_task(run_at=now_ms() + HOUR)])
    grant = await queue.claim("ann", ["default"], 10)
    assert grant.claims == []
    assert grant.retry_in == pytest.approx(3600, abs=60)


async def test_a_task_runs_when_its_time_has_come(queue: Queue) -> None:
    """Every claim looks for what has fallen due; nobody else is needed."""
    needs(queue, Ability.SCHEDULING)
    task = new_task(run_at=now_ms() + 100)
    await queue.put([task])
    assert ids(await eventually(lambda: drain(queue))) == [task.id]
    assert now_ms() >= task.run_at
    assert await kinds(queue, task) == ["scheduled", "queued", "claimed"]


async def test_a_scheduled_task_keeps_its_priority(queue: Queue) -> None:
    """What falls due waits in the line of its priority."""
    needs(queue, Ability.SCHEDULING | Ability.PRIORITIES)
    urgent = new_task(priority=9, run_at=now_ms() + 50)
    await queue.put([*new_tasks(2), urgent])
    await eventually(lambda: _promoted(queue))
    assert ids([await claim_one(queue)]) == [urgent.id]


async def _promoted(queue: Queue) -> bool:
    await queue.cleanup("default")
    return (await queue.stats("default")).scheduled == 0


async def test_a_delay_that_can_not_be_kept_is_refused(queue: Queue) -> None:
    """A queue without a schedule says so, instead of running the task too early."""
    if Ability.SCHEDULING in queue.abilities:
        pytest.skip("has a schedule")
    with pytest.raises(Unsupported, match="delay"):
        await queue.put([new_task(run_at=now_ms() + HOUR)])
    assert await drain(queue) == []


# finish


async def test_a_settled_task_is_gone(queue: Queue) -> None:
    """Success takes the task out of the queue."""
    task = new_task()
    await queue.put([task])
    assert await settle(queue, await claim_one(queue)) is True
    assert await queue.missing("default", [task.id]) == [task.id]
    assert await drain(queue, "bob") == []
    assert await kinds(queue, task) == ["queued", "claimed", "succeeded"]


async def test_a_buried_task_is_gone(queue: Queue) -> None:
    """Dead letters live in SQL; the queue lets go of them."""
    task = new_task()
    await queue.put([task])
    assert await settle(queue, await claim_one(queue), HOPELESS) is True
    assert await queue.missing("default", [task.id]) == [task.id]
    assert await kinds(queue, task) == ["queued", "claimed", "dead"]


async def test_a_retry_comes_back_with_its_failures_counted(queue: Queue) -> None:
    """The next attempt is the task as the decision left it, delivered once more."""
    task = new_task(payload={"n": 1})
    await queue.put([task])
    claim = await claim_one(queue)
    await settle(queue, claim, RetryIn(0.0, replace(claim.task, failures=1), "boom"))
    again = await claim_one(queue, "bob")
    assert replace(again.task, deliveries=0) == replace(task, failures=1)
    assert again.delivery == 2
    assert await kinds(queue, task) == ["queued", "claimed", "retrying", "queued", "claimed"]


async def test_a_retry_keeps_its_pause(queue: Queue) -> None:
    """Until the pause is over the task is scheduled."""
    needs(queue, Ability.SCHEDULING)
    await queue.put(new_tasks(1))
    claim = await claim_one(queue)
    await settle(queue, claim, RetryIn(3600.0, replace(claim.task, failures=1), "boom"))
    grant = await queue.claim("bob", ["default"], 1)
    assert grant.claims == []
    assert grant.retry_in == pytest.approx(3600, abs=60)


# release


async def test_what_is_given_back_burns_no_delivery(queue: Queue) -> None:
    """A worker that shuts down gives back what it did not run; the next delivery counts as the first."""
    task = new_task()
    await queue.put([task])
    await queue.release([await claim_one(queue)])
    assert (await claim_one(queue, "bob")).delivery == 1
    assert await kinds(queue, task) == ["queued", "claimed", "released", "queued", "claimed"]


async def test_what_is_given_back_goes_first(queue: Queue) -> None:
    """Tasks given back have waited before: they go in front of the others."""
    needs(queue, Ability.FENCING)  # brpop claims one by one, streams grow at one end only
    tasks = new_tasks(5)
    await queue.put(tasks)
    await queue.release((await queue.claim("ann", ["default"], 3)).claims)
    again = ids(await drain(queue, "bob"))
    assert sorted(again[:3]) == ids(tasks[:3])
    assert again[3:] == ids(tasks[3:])


async def test_what_is_given_back_may_pause(queue: Queue) -> None:
    """An open breaker gives its tasks back for later."""
    needs(queue, Ability.SCHEDULING)
    task = new_task()
    await queue.put([task])
    await queue.release([await claim_one(queue)], 3600)
    grant = await queue.claim("ann", ["default"], 1)
    assert grant.claims == []
    assert grant.retry_in == pytest.approx(3600, abs=60)
    assert await kinds(queue, task) == ["queued", "claimed", "released", "scheduled"]


# cancel


async def test_a_waiting_task_can_be_cancelled(queue: Queue) -> None:
    """It is taken out of its line and never runs; its neighbours do."""
    needs(queue, Ability.CANCELLING)
    first, second, third = new_tasks(3)
    await queue.put([first, second, third])
    assert await queue.cancel("default", second.id) is True
    assert ids(await drain(queue)) == ids([first, third])
    assert await kinds(queue, second) == ["queued", "cancelled"]


async def test_a_scheduled_task_can_be_cancelled(queue: Queue) -> None:
    """Nothing of it stays in the schedule."""
    needs(queue, Ability.CANCELLING | Ability.SCHEDULING)
    task = new_task(run_at=now_ms() + HOUR)
    await queue.put([task])
    assert await queue.cancel("default", task.id) is True
    assert (await queue.stats("default")).scheduled == 0
    assert await queue.missing("default", [task.id]) == [task.id]


async def test_a_running_task_can_be_cancelled(queue: Queue) -> None:
    """Its worker learns at the next renewal, and its result comes too late."""
    needs(queue, Ability.CANCELLING | Ability.FENCING)
    task = new_task()
    await queue.put([task])
    claim = await claim_one(queue)
    assert await queue.cancel("default", task.id) is True
    assert await queue.renew([claim]) == [False]
    assert await settle(queue, claim) is False
    assert await kinds(queue, task) == ["queued", "claimed", "cancelled", "refused"]


async def test_what_is_not_there_can_not_be_cancelled(queue: Queue) -> None:
    """Unknown tasks, and those that are over, are answered with False."""
    needs(queue, Ability.CANCELLING)
    task = new_task()
    await queue.put([task])
    await settle(queue, await claim_one(queue))
    assert await queue.cancel("default", task.id) is False
    assert await queue.cancel("default", "unheard-of") is False


async def test_a_queue_that_can_not_cancel_says_so(queue: Queue) -> None:
    """Better an error than a task that runs after all."""
    if Ability.CANCELLING in queue.abilities:
        pytest.skip("can cancel")
    task = new_task()
    await queue.put([task])
    with pytest.raises(Unsupported):
        await queue.cancel("default", task.id)
    assert ids(await drain(queue)) == [task.id]


# pause


async def test_a_paused_queue_hands_nothing_out(queue: Queue) -> None:
    """Tasks may still be put and wait; other queues go on; after the pause all run."""
    needs(queue, Ability.PAUSING)
    before, during, elsewhere = new_task(), new_task(), new_task(queue="other")
    await queue.put([before, elsewhere])
    await queue.pause("default")
    await queue.put([during])
    assert ids(await drain(queue, "ann", "default", "other")) == [elsewhere.id]
    assert (await queue.stats("default")).paused is True
    await queue.resume("default")
    assert ids(await drain(queue)) == ids([before, during])
    assert (await queue.stats("default")).paused is False


async def test_what_runs_may_finish_during_a_pause(queue: Queue) -> None:
    """A pause concerns claims; whoever has one renews and settles it."""
    needs(queue, Ability.PAUSING)
    await queue.put(new_tasks(1))
    claim = await claim_one(queue)
    await queue.pause("default")
    assert await queue.renew([claim]) == [True]
    assert await settle(queue, claim) is True


async def test_a_queue_that_can_not_pause_says_so(queue: Queue) -> None:
    """Better an error than a pause that is none."""
    if Ability.PAUSING in queue.abilities:
        pytest.skip("can pause")
    with pytest.raises(Unsupported):
        await queue.pause("default")
    with pytest.raises(Unsupported):
        await queue.resume("default")
