"""Where one task is: what each queue that can find it says at every step of its way."""

from __future__ import annotations

import pytest

from system.queues.protocol import Ability, Place, Queue
from system.tasks.errors import Unsupported
from system.tasks.outcome import RetryIn
from tests.contract.queue_kit import claim_one, needs, new_task, new_tasks, now_ms, settle


async def test_a_task_that_waits(queue: Queue) -> None:
    """It has a place in line: behind those that came before it, and behind all of a higher priority."""
    needs(queue, Ability.CANCELLING)
    low, first, second = new_task(priority=1), *new_tasks(2)
    await queue.put([low, first, second])
    found = [await queue.find("default", task.id) for task in (first, second, low)]
    assert found == [Place("ready", ahead=0), Place("ready", ahead=1), Place("ready", ahead=2)]


async def test_a_task_that_was_given_back(queue: Queue) -> None:
    """It goes first among its equals."""
    needs(queue, Ability.CANCELLING)
    task, other = new_tasks(2)
    await queue.put([task, other])
    await queue.release([await claim_one(queue)])
    assert await queue.find("default", task.id) == Place("ready", ahead=0)
    assert await queue.find("default", other.id) == Place("ready", ahead=1)


async def test_a_task_that_waits_for_its_time(queue: Queue) -> None:
    """A delay, or a retry's pause: until when."""
    needs(queue, Ability.SCHEDULING)
    due = now_ms() + 3_600_000
    later, failed = new_task(run_at=due), new_task()
    await queue.put([later, failed])
    await settle(queue, await claim_one(queue), RetryIn(60.0, failed, "no"))
    assert await queue.find("default", later.id) == Place("scheduled", until_ms=due)
    retry = await queue.find("default", failed.id)
    assert retry is not None
    assert retry.where == "scheduled"
    assert retry.until_ms == pytest.approx(now_ms() + 60_000, abs=5_000)


async def test_a_task_in_a_worker_s_hands(queue: Queue) -> None:
    """Whose, and when its lease ends."""
    needs(queue, Ability.CANCELLING)
    task = new_task()
    await queue.put([task])
    claim = await claim_one(queue, "host:ann")
    place = await queue.find("default", task.id)
    assert place is not None
    assert (place.where, place.worker) == ("leased", "host:ann")
    assert place.until_ms == pytest.approx(now_ms() + 30_000, abs=5_000)
    await settle(queue, claim)
    assert await queue.find("default", task.id) is None


async def test_a_task_of_elsewhere(queue: Queue) -> None:
    """A queue knows its own tasks only; the plain ones can't look for any."""
    if Ability.CANCELLING not in queue.abilities:
        with pytest.raises(Unsupported, match="can't say where one task is"):
            await queue.find("default", "x")
        return
    task = new_task(queue="other")
    await queue.put([task])
    assert await queue.find("default", task.id) is None
    assert await queue.find("other", task.id) == Place("ready", ahead=0)
