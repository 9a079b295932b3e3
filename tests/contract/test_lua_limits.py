"""What grows without a bound in the Lua functions' way, and must not trouble them."""

from __future__ import annotations

from redis.asyncio import Redis

from system.queues.keys import Keys
from system.queues.leases import LeaseQueue
from system.tasks.outcome import Settlement, Succeed
from system.tasks.task import Task

BEGINNING = 1_764_000_000_000


async def fill(queue: LeaseQueue, count: int) -> None:
    """Put so many tasks."""
    await queue.put([Task(id=f"t{n}", type="noop", created_at=BEGINNING, run_at=BEGINNING) for n in range(count)])


async def test_a_worker_may_leave_any_number_of_leases(redis_client: Redis) -> None:
    """More leases than Lua's stack holds are ended at once when their worker dies, and all the tasks come back."""
    queue = LeaseQueue(redis_client, lease_seconds=3_600)
    await fill(queue, 9_000)
    while (await queue.claim("ann", ["default"], 1_000)).claims:
        pass
    assert await queue.abandon("ann", ["default"]) == 9_000
    assert sum([(await queue.cleanup("default")).requeued for _ in range(9)]) == 9_000


async def test_a_queue_at_rest_forgets_its_rates(redis_client: Redis) -> None:
    """The counts of the last minute go with time, also where no later task comes to sweep them."""
    queue = LeaseQueue(redis_client, lease_seconds=3_600)
    await fill(queue, 1)
    (claim,) = (await queue.claim("ann", ["default"], 1)).claims
    await queue.finish([Settlement(claim, Succeed("null"), 0, 0)])
    assert (await queue.stats("default")).finished_1m == 1
    assert 60 < await redis_client.ttl(Keys("default").rates) <= 90
