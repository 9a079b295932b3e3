"""What one queue of a Redis server holds at one moment, and what must be true of it at every moment."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from system.queues.codec import decode
from system.queues.keys import Keys
from system.tasks.task import PRIORITIES, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The keys of one queue, decoded; lists of ids run from the one that waits longest to go (left) to the next."""

    tasks: dict[str, Task]
    deliveries: dict[str, int]
    leases: dict[str, int]
    owners: dict[str, str]
    scheduled: dict[str, int]
    ready: dict[int, list[str]]
    turn: int
    woken: bool
    paused: bool


async def take_picture(redis: Redis, queue: str) -> Picture:
    """Read all of a queue's keys at one moment."""
    keys = Keys(queue)
    pipe: Any = redis.pipeline(transaction=True)
    pipe.hgetall(keys.tasks).hgetall(keys.deliveries).hgetall(keys.owners)
    pipe.zrange(keys.leases, 0, -1, withscores=True).zrange(keys.scheduled, 0, -1, withscores=True)
    pipe.get(keys.turn).exists(keys.wake).exists(keys.paused)
    for key in keys.ready:
        pipe.lrange(key, 0, -1)
    tasks, deliveries, owners, leases, scheduled, turn, woken, paused, *ready = await pipe.execute()
    return Picture(
        tasks={task_id.decode(): decode(queue, task_id.decode(), body) for task_id, body in tasks.items()},
        deliveries={task_id.decode(): int(count) for task_id, count in deliveries.items()},
        leases={task_id.decode(): int(end) for task_id, end in leases},
        owners={task_id.decode(): token.decode() for task_id, token in owners.items()},
        scheduled={task_id.decode(): int(due) for task_id, due in scheduled},
        ready={priority: [task_id.decode() for task_id in ready[priority]] for priority in PRIORITIES},
        turn=int(turn or 0),
        woken=bool(woken),
        paused=bool(paused),
    )


async def take_dump(redis: Redis, queue: str) -> list[bytes | None]:
    """Read all of a queue's keys as the server writes them to disk: equal dumps mean that nothing at all changed."""
    pipe: Any = redis.pipeline(transaction=True)
    for key in Keys(queue).all:
        pipe.dump(key)
    return list(await pipe.execute())


def check(picture: Picture) -> None:
    """Assert what no call may ever break: each task is in exactly one place, and nothing else is anywhere."""
    waiting = [task_id for ids in picture.ready.values() for task_id in ids]
    places = Counter([*waiting, *picture.leases, *picture.scheduled])
    assert not [task_id for task_id, times in places.items() if times > 1], "in two places"
    assert places.keys() == picture.tasks.keys(), "a place without its task, or a task without its place"
    assert picture.owners.keys() == picture.leases.keys(), "a lease without an owner, or an owner without a lease"
    assert picture.deliveries.keys() <= picture.tasks.keys(), "deliveries of a task that is gone"
    assert all(picture.deliveries[task_id] > 0 for task_id in picture.leases), "leased, never delivered"
    assert min(picture.deliveries.values(), default=0) >= 0, "fewer than no deliveries"
    for priority, ids in picture.ready.items():
        assert {picture.tasks[task_id].priority for task_id in ids} <= {priority}, "in the list of another priority"
