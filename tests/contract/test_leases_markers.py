"""The wake markers of the leases queue when its workers serve several named queues."""

from __future__ import annotations

import asyncio

from redis.asyncio import Redis

from system.queues.leases import LeaseQueue
from tests.contract.queue_kit import eventually, new_task, now_ms

LONGEST = 20.0  # seconds: nobody waits as long unless he was forgotten


async def asleep(redis: Redis, count: int) -> None:
    """Wait until so many workers sleep."""

    async def are_asleep() -> bool:
        return bool((await redis.info("clients"))["blocked_clients"] == count)

    await eventually(are_asleep)


async def test_a_marker_that_its_taker_has_no_use_for_wakes_another(redis_client: Redis) -> None:
    """A worker of two queues is woken by the second, but the first has enough for it: it passes the call on."""
    ann, bob = LeaseQueue(redis_client, lease_seconds=30), LeaseQueue(redis_client, lease_seconds=30)
    first = asyncio.create_task(ann.wait(["mail", "video"], LONGEST))
    await asleep(redis_client, 1)
    second = asyncio.create_task(bob.wait(["video"], LONGEST))
    await asleep(redis_client, 2)

    await ann.put([new_task(queue="video"), new_task(queue="mail")])
    await first
    (claim,) = (await ann.claim("ann", ["mail", "video"], 1)).claims
    assert claim.task.queue == "mail"

    await asyncio.wait_for(second, LONGEST / 2)
    (claim,) = (await bob.claim("bob", ["video"], 1)).claims
    assert claim.task.queue == "video"


async def test_a_delayed_task_of_one_queue_is_not_forgotten_over_another(redis_client: Redis) -> None:
    """A worker of two queues learns when a task of the first is due, and is busy with one of the second by then."""
    ann, bob = LeaseQueue(redis_client, lease_seconds=30), LeaseQueue(redis_client, lease_seconds=30)
    first = asyncio.create_task(ann.wait(["mail", "video"], LONGEST))
    await asleep(redis_client, 1)
    second = asyncio.create_task(bob.wait(["mail"], LONGEST))
    await asleep(redis_client, 2)

    later, now = new_task(queue="mail", run_at=now_ms() + 3_000), new_task(queue="video")
    await ann.put([later])
    await first
    await ann.put([now])
    assert [claim.task for claim in (await ann.claim("ann", ["mail", "video"], 1)).claims] == [now]

    await asyncio.wait_for(second, LONGEST / 2)
    grant = await bob.claim("bob", ["mail"], 1)
    assert grant.claims == []
    assert grant.retry_in is not None
    assert grant.retry_in <= 3
