"""Shares by weight, measured on a backlog of everything: of priorities in a queue, of queues in a worker."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from redis.asyncio import Redis

from system.policies.shares import CIRCLE, priority_weights, take
from system.queues.leases import LeaseQueue
from system.queues.memory import MemoryQueue
from system.queues.protocol import Queue
from system.tasks.task import PRIORITIES
from tests.contract.queue_kit import new_tasks
from tests.fixtures.workers import Rig

PROPORTIONAL = priority_weights("proportional")


@pytest.fixture(params=["memory", "leases"])
def shared(request: pytest.FixtureRequest) -> Queue:
    """Give a queue whose priorities share in proportion."""
    if request.param == "memory":
        return MemoryQueue(weights=PROPORTIONAL)
    client: Redis = request.getfixturevalue("redis_client")
    return LeaseQueue(client, lease_seconds=30, weights=PROPORTIONAL)


async def backlog(queue: Queue, each: int) -> None:
    """Put tasks of all priorities."""
    for priority in PRIORITIES:
        await queue.put(new_tasks(each, priority=priority))


@pytest.mark.parametrize("limit", [1, 7, 55])
async def test_priorities_share_as_they_weigh(shared: Queue, limit: int) -> None:
    """Of 550 tasks priority 9 gets 100 and priority 0 gets 10, in claims of any size, by any number of workers."""
    await backlog(shared, 150)
    taken: Counter[int] = Counter()
    while taken.total() < 550:
        wanted = min(limit, 550 - taken.total())
        for claim in (await shared.claim(f"w{taken.total() % 3}", ["default"], wanted)).claims:
            taken[claim.task.priority] += 1
    assert all(taken[priority] == pytest.approx(10 * (priority + 1), abs=5) for priority in PRIORITIES)


async def test_lua_goes_by_the_policy(redis_client: Redis) -> None:
    """Turn by turn the same, also when priorities run dry."""
    queue = LeaseQueue(redis_client, lease_seconds=30, weights=PROPORTIONAL)
    await backlog(queue, 5)
    waiting, turn, seen, expected = dict.fromkeys(PRIORITIES, 5), 0, [], []
    for limit in (1, 3, 20, 2, 30):
        seen += [claim.task.priority for claim in (await queue.claim("w", ["default"], limit)).claims]
        expected += (order := take(waiting, PROPORTIONAL or (), turn, limit))
        turn = (turn + len(order)) % CIRCLE
        waiting = {priority: waiting[priority] - order.count(priority) for priority in PRIORITIES}
    assert seen == expected
    assert len(seen) == 50


async def test_a_lone_priority_gets_all(shared: Queue) -> None:
    """Where nothing else waits, a weight is no limit."""
    await shared.put(new_tasks(20, priority=0))
    assert len((await shared.claim("w", ["default"], 50)).claims) == 20


async def test_queues_share_as_they_weigh(rig: Rig) -> None:
    """Of two full queues one gets three turns of four; without weights the second waits for the first."""
    done: Counter[str] = Counter()
    enough = asyncio.Event()

    async def job(queue: str) -> None:
        await asyncio.sleep(0.01)  # so long that none is claimed ahead: a share counts claims
        done[queue] += 1
        if done.total() == 200:
            enough.set()
        if done.total() >= 200:
            await asyncio.Event().wait()

    rig.handler(job)
    for queue in ("a", "b"):
        await rig.put(count=250, queue=queue, payload={"queue": queue})
    async with rig.working(queues=["a", "b"], weights={"a": 3, "b": 1}, concurrency=1):
        await asyncio.wait_for(enough.wait(), 20)
    assert done["b"] > 0
    assert done["a"] / done.total() == pytest.approx(0.75, abs=0.05)


async def test_queues_in_their_order(rig: Rig) -> None:
    """Without weights the second queue waits until the first is empty."""
    order: list[str] = []

    async def job(queue: str) -> None:
        order.append(queue)

    rig.handler(job)
    for queue in ("b", "a"):
        await rig.put(count=20, queue=queue, payload={"queue": queue})
    await rig.burst(queues=["a", "b"], concurrency=1)
    assert order == ["a"] * 20 + ["b"] * 20
