"""What every queue with leases promises, part two: nothing is lost with a worker, and no late word counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from system.queues.protocol import Ability, Cleanup, Queue
from system.tasks.events import Kind
from system.tasks.outcome import RetryIn, Settlement, Succeed
from system.tasks.task import SPARE_DELIVERIES, Claim
from tests.contract.queue_kit import (
    DONE,
    claim_one,
    drain,
    eventually,
    history,
    ids,
    kinds,
    needs,
    new_task,
    new_tasks,
    settle,
    take_over,
)

# A lease ends


async def test_a_silent_workers_task_is_taken_over(hasty: Queue) -> None:
    """A worker that neither settles nor renews is taken for dead; the next claim, by anybody, gets its task."""
    needs(hasty, Ability.LEASES)
    task = new_task()
    await hasty.put([task])
    lost = await claim_one(hasty, "ann")
    claim = await take_over(hasty, "bob")
    assert claim.task.id == task.id
    assert claim.delivery == 2
    (expired,) = [event for event in await history(hasty) if event.kind is Kind.EXPIRED]
    assert (expired.token, expired.delivery, expired.worker) == (lost.token, 1, "ann")


async def test_a_lease_is_respected(queue: Queue) -> None:
    """While the lease lasts, nobody else gets the task; a claim tells when that may change."""
    needs(queue, Ability.LEASES)
    await queue.put(new_tasks(1))
    await claim_one(queue, "ann")
    grant = await queue.claim("bob", ["default"], 1)
    assert grant.claims == []
    assert grant.retry_in == pytest.approx(30, abs=5)


async def test_what_is_taken_over_goes_first(queue: Queue) -> None:
    """A task that lost its worker has waited before: it goes in front of its equals."""
    needs(queue, Ability.FENCING)  # streams put it at the end, where they are told of the death
    orphan, other = new_tasks(2)
    await queue.put([orphan, other])
    await claim_one(queue, "ann")
    await queue.abandon("ann", ["default"])
    assert ids(await drain(queue, "bob")) == ids([orphan, other])


# A worker renews


async def test_renewing_begins_the_lease_anew(queue: Queue) -> None:
    """A worker that is alive pushes the end of its lease away."""
    needs(queue, Ability.LEASES)
    await queue.put(new_tasks(1))
    claim = await claim_one(queue)
    sooner = await eventually(lambda: _ends_in_less_than(queue, 29.9))
    await eventually(lambda: _renewed(queue, claim, sooner))
    assert (await history(queue))[-1].kind is Kind.CLAIMED, "a renewal is no event"


async def _renewed(queue: Queue, claim: Claim, sooner: float) -> bool:
    assert await queue.renew([claim]) == [True]
    return await _ends_in(queue) > sooner


async def _ends_in(queue: Queue) -> float:
    grant = await queue.claim("looker", ["default"], 1)
    assert grant.retry_in is not None
    return grant.retry_in


async def _ends_in_less_than(queue: Queue, seconds: float) -> float | None:
    left = await _ends_in(queue)
    return left if left < seconds else None


async def test_a_lost_lease_can_not_be_renewed(hasty: Queue) -> None:
    """The worker that was too slow is told, and should stop working on the task."""
    needs(hasty, Ability.LEASES)
    await hasty.put(new_tasks(1))
    lost = await claim_one(hasty, "ann")
    await take_over(hasty, "bob")
    assert await hasty.renew([lost]) == [False]


async def test_each_lease_is_renewed_for_itself(queue: Queue) -> None:
    """One call renews many claims; those that are lost do no harm to the others."""
    needs(queue, Ability.LEASES)
    lost, held = await taken_over(queue)
    assert await queue.renew([lost, held, lost]) == [False, True, False]


async def test_what_is_settled_can_not_be_renewed(queue: Queue) -> None:
    """A renewal that crosses a finish does not bring the task back."""
    needs(queue, Ability.LEASES)
    await queue.put(new_tasks(1))
    claim = await claim_one(queue)
    await settle(queue, claim)
    assert await queue.renew([claim]) == [False]


# A worker is seen dying


async def test_a_dead_workers_leases_end_at_once(queue: Queue) -> None:
    """Whoever saw a worker die need not wait for its leases to run out. Other workers keep theirs."""
    needs(queue, Ability.LEASES)
    tasks = new_tasks(3)
    await queue.put(tasks)
    first, second = await claim_one(queue, "ann"), await claim_one(queue, "ann")
    bobs = await claim_one(queue, "bob")
    assert await queue.abandon("ann", ["default"]) == 2
    assert sorted(ids(await drain(queue, "cid"))) == sorted(ids([first, second]))
    assert await queue.renew([bobs]) == [True]


async def test_to_be_abandoned_counts_as_a_delivery(queue: Queue) -> None:
    """The task may be what killed the worker."""
    needs(queue, Ability.LEASES)
    task = new_task()
    await queue.put([task])
    await claim_one(queue, "ann")
    await queue.abandon("ann", ["default"])
    assert (await claim_one(queue, "bob")).delivery == 2
    assert await kinds(queue, task) == ["queued", "claimed", "expired", "queued", "claimed"]


async def test_nobody_elses_leases_are_ended(queue: Queue) -> None:
    """A worker's whole name counts, not how it ends."""
    needs(queue, Ability.LEASES)
    await queue.put(new_tasks(1))
    await claim_one(queue, "host:ann")
    assert await queue.abandon("ann", ["default"]) == 0


async def test_a_task_that_kills_its_workers_dies(queue: Queue) -> None:
    """After its attempts and a few spare deliveries, a task that never ends is taken for the killer; others go on."""
    needs(queue, Ability.LEASES)
    poison, neighbour = new_task(max_attempts=1), new_task(priority=0)
    await queue.put([poison])
    for delivery in range(1, 1 + SPARE_DELIVERIES + 1):
        assert (await claim_one(queue, "ann")).delivery == delivery
        await queue.abandon("ann", ["default"])
    await queue.put([neighbour])
    assert ids(await drain(queue, "bob")) == [neighbour.id]
    assert await queue.missing("default", [poison.id]) == [poison.id]
    (dead,) = [event for event in await history(queue) if event.kind is Kind.DEAD]
    assert (dead.task_id, dead.delivery) == (poison.id, 1 + SPARE_DELIVERIES)
    assert "kills its workers" in (dead.error or "")
    assert dead.reason == "poison"


async def test_a_rebuilt_queue_goes_on_counting_deliveries(queue: Queue) -> None:
    """A task put again from SQL carries how often it was handed out before."""
    await queue.put([new_task(deliveries=3)])
    assert (await claim_one(queue)).delivery == 4


# Nobody claims


async def test_a_cleanup_takes_back_what_dead_workers_held(hasty: Queue) -> None:
    """Where no worker is left to claim, upkeep heals the queue."""
    needs(hasty, Ability.LEASES)
    task = new_task()
    await hasty.put([task])
    await claim_one(hasty)
    found = await eventually(lambda: _cleaned(hasty))
    assert found == Cleanup(requeued=1)
    stats = await hasty.stats("default")
    assert (stats.ready, stats.leased) == (1, 0)
    assert await kinds(hasty, task) == ["queued", "claimed", "expired", "queued"]


async def test_a_cleanup_buries_what_killed_too_often(hasty: Queue) -> None:
    """The last delivery's end is the task's end, whoever notices it."""
    needs(hasty, Ability.LEASES)
    task = new_task(max_attempts=1, deliveries=SPARE_DELIVERIES)
    await hasty.put([task])
    await claim_one(hasty)
    assert await eventually(lambda: _cleaned(hasty)) == Cleanup(dead=1)
    assert await kinds(hasty, task) == ["queued", "claimed", "expired", "dead"]


async def _cleaned(queue: Queue) -> Cleanup | None:
    found = await queue.cleanup("default")
    return found if found != Cleanup() else None


# Fencing


async def taken_over(queue: Queue) -> tuple[Claim, Claim]:
    """Let bob take over ann's task; return her lost claim and his."""
    await queue.put(new_tasks(1))
    lost = await claim_one(queue, "ann")
    await queue.abandon("ann", ["default"])
    return lost, await claim_one(queue, "bob")


async def test_a_late_finish_is_refused(queue: Queue) -> None:
    """A worker that slept through its lease can't overrule the one that took over: one task, one result."""
    needs(queue, Ability.FENCING)
    lost, held = await taken_over(queue)
    assert await settle(queue, lost, Succeed('"late"')) is False
    assert await settle(queue, held, Succeed('"in time"')) is True
    assert await kinds(queue, held.task) == [
        *("queued", "claimed", "expired", "queued", "claimed"),
        *("refused", "succeeded"),
    ]
    refused, succeeded = (await history(queue))[-2:]
    assert refused.worker == "ann"
    assert (succeeded.worker, succeeded.result) == ("bob", '"in time"')


async def test_a_late_finish_after_the_end_is_refused(queue: Queue) -> None:
    """It does not matter whether the other one is still at it."""
    needs(queue, Ability.FENCING)
    lost, held = await taken_over(queue)
    assert await settle(queue, held) is True
    assert await settle(queue, lost) is False


async def test_a_late_retry_is_refused(queue: Queue) -> None:
    """A late failure does not run the task again under the feet of the one who works on it."""
    needs(queue, Ability.FENCING)
    lost, held = await taken_over(queue)
    assert await settle(queue, lost, RetryIn(0.0, replace(lost.task, failures=1), "boom")) is False
    assert await drain(queue, "cid") == []
    assert await queue.renew([held]) == [True]


async def test_a_late_release_is_ignored(queue: Queue) -> None:
    """Nobody gives back what is not theirs any more."""
    needs(queue, Ability.FENCING)
    lost, held = await taken_over(queue)
    await queue.release([lost])
    assert await drain(queue, "cid") == []
    assert await settle(queue, held) is True


async def test_each_claim_is_settled_on_its_own_merits(queue: Queue) -> None:
    """A worker may have lost a task and got it again; one call may carry the ends of both runs."""
    needs(queue, Ability.FENCING)
    lost, held = await taken_over(queue)
    answers = await queue.finish([Settlement(held, DONE, 2.0, 1.0), Settlement(lost, DONE, 2.0, 1.0)])
    assert answers == [True, False]


async def test_a_finish_counts_once(queue: Queue) -> None:
    """Whoever does not know whether a finish arrived may send it again: the answer is False, and nothing changes."""
    needs(queue, Ability.FENCING)
    task = new_task()
    await queue.put([task])
    claim = await claim_one(queue)
    assert await settle(queue, claim) is True
    assert await settle(queue, claim) is False
    assert (await queue.stats("default")).finished_1m == 1


async def test_fences_rise(queue: Queue) -> None:
    """Each claim's number is greater than all before it, whichever worker claims."""
    needs(queue, Ability.FENCING)
    await queue.put(new_tasks(10))
    claims = [await claim_one(queue, worker) for worker in "ababababab"]
    fences = [int(claim.token.partition(":")[0]) for claim in claims]
    assert fences == sorted(set(fences))
