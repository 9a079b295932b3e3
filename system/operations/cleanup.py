"""Cleaning up on request: take back what dead workers hold, put again what the queue lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from system.queues.protocol import Queue
from system.storage.store import Store


@dataclass(frozen=True, slots=True)
class CleanedUp:
    """Numbers of tasks: back to waiting, dead of too many deliveries, put again from SQL."""

    requeued: int
    dead: int
    reconciled: int


async def clean_up(store: Store, queue: Queue, reconcile: Callable[[], Awaitable[int]]) -> CleanedUp:
    """Clean up every named queue, then compare it with SQL (`reconcile` returns how many tasks it put again)."""
    found = [await queue.cleanup(name) for name in await store.queue_names()]
    orphans = [task_id for one in found for task_id in one.orphaned]
    reconciled = await _put_again(store, queue, orphans) + await reconcile()
    return CleanedUp(sum(one.requeued for one in found), sum(one.dead for one in found), reconciled)


async def _put_again(store: Store, queue: Queue, task_ids: Sequence[str]) -> int:
    """Put tasks of which the queue kept the ids alone."""
    rows = [row for row in await store.get_many(task_ids) if not row.status.over] if task_ids else []
    if rows:
        await queue.put([row.to_task() for row in rows])
    return len(rows)
