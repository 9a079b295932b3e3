"""Retry budgets on the queues that keep pauses: an outage fails many tasks at once, and they come back in step."""

from __future__ import annotations

from system.policies.budget import admit
from system.queues.protocol import Ability, Queue
from system.tasks.events import Kind
from system.tasks.handlers import RetryBudget
from system.tasks.outcome import RetryIn, Settlement
from tests.contract.queue_kit import drain, history, needs, new_task, new_tasks, settle

BUDGET = RetryBudget(per_second=3, burst=2)


async def fail_all(queue: Queue, seconds: float = 0.0, budget: RetryBudget | None = BUDGET) -> None:
    """Claim everything and let it fail in one call."""
    claims = await drain(queue)
    assert all(
        await queue.finish(
            [Settlement(claim, RetryIn(seconds, claim.task, "away", budget), 2.0, 1.0) for claim in claims]
        )
    )


async def pauses(queue: Queue) -> list[int]:
    """Return after how many ms each failed task is to run again, in the order they failed."""
    return [(event.run_at or 0) - event.at for event in await history(queue) if event.kind is Kind.RETRYING]


async def test_failures_of_one_moment_come_back_in_step(queue: Queue) -> None:
    """The burst at once, then one every third of a second; every one of them comes back."""
    needs(queue, Ability.SCHEDULING)
    await queue.put(new_tasks(6))
    await fail_all(queue)
    expected, spoken_for = [], 0.0
    for _ in range(6):
        start, spoken_for = admit(BUDGET, spoken_for, 0.0)
        expected.append(start)
    assert all(0 <= pause - start <= 1 for pause, start in zip(await pauses(queue), expected, strict=True))
    assert (await queue.stats("default")).scheduled == 6


async def test_the_longer_pause_counts(queue: Queue) -> None:
    """The task's own pause is kept, too: a budget makes retries later, never earlier."""
    needs(queue, Ability.SCHEDULING)
    await queue.put(new_tasks(4))
    await fail_all(queue, seconds=0.5)
    assert await pauses(queue) == [500, 500, 500, 667]


async def test_calls_share_the_budget_and_types_do_not(queue: Queue) -> None:
    """What one worker spent the next one lacks; another type has its own; without a budget nothing is spent."""
    needs(queue, Ability.SCHEDULING)
    slow = RetryBudget(per_second=0.01, burst=2)
    for type in ("noop", "echo"):
        await queue.put(new_tasks(2, type=type))
        await fail_all(queue, budget=slow)
        await put_aside(queue)
    await queue.put([new_task()])
    await fail_all(queue, budget=slow)
    await queue.put([new_task(type="echo")])
    await fail_all(queue, budget=None)
    *first, late, free = await pauses(queue)
    assert first == [0, 0, 0, 0]
    assert late > 90_000
    assert free == 0


async def put_aside(queue: Queue) -> None:
    """Finish what came back at once, so that the next story begins with an empty queue."""
    for claim in await drain(queue):
        await settle(queue, claim)
