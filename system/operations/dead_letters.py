"""Dead letters: tasks that failed for good, to be looked at, brought back or thrown away."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from system.operations.ids import known_form, not_found
from system.operations.in_time import in_time
from system.operations.inspect import Page
from system.queues.protocol import Queue
from system.storage.deaths import ALL, Deaths
from system.storage.rows import TaskRow
from system.storage.store import Store
from system.tasks.errors import NotDead, QueueUnavailable
from system.tasks.task import Status

PAGE = 500

log = logging.getLogger(__name__)


async def find(store: Store, wanted: Deaths = ALL, *, limit: int = PAGE, cursor: str | None = None) -> Page:
    """Return a page of dead tasks, newest first."""
    rows = await store.dead(wanted, limit=limit + 1, before=cursor)
    items = rows[:limit]
    return Page(items, items[-1].id if len(rows) > limit else None)


async def requeue(store: Store, queue: Queue, task_id: str) -> TaskRow:
    """Make a dead task wait again, under its id and with its failures forgiven; its attempts stay on record.

    Raises NotFound, and NotDead where the task is anything else (requeued a moment ago, for one).
    """
    rows = await store.requeue([known_form(task_id)], _now_ms())
    if not rows:
        raise await _why_not(store, task_id)
    await _put(store, queue, rows)
    return rows[0]


async def requeue_all(store: Store, queue: Queue, wanted: Deaths = ALL) -> int:
    """Requeue the dead tasks that are meant; returns how many. Asked twice, it finds none the second time."""
    count, after = 0, None
    while ids := await store.dead_ids(wanted, after=after, limit=PAGE):
        rows = await store.requeue(ids, _now_ms())
        await _put(store, queue, rows)
        count += len(rows)
        after = ids[-1]  # one that dies again meanwhile is not requeued once more
    return count


async def delete(store: Store, task_id: str) -> None:
    """Delete a dead task's record for good. Raises NotFound or NotDead."""
    if not await store.delete_dead([known_form(task_id)]):
        raise await _why_not(store, task_id)


async def delete_all(store: Store, wanted: Deaths = ALL) -> int:
    """Delete the dead tasks that are meant; returns how many."""
    count, after = 0, None
    while ids := await store.dead_ids(wanted, after=after, limit=PAGE):
        count += await store.delete_dead(ids)
        after = ids[-1]
    return count


async def _put(store: Store, queue: Queue, rows: Sequence[TaskRow]) -> None:
    if not rows:
        return
    try:
        async with in_time():
            await queue.put([row.to_task() for row in rows])
    except QueueUnavailable as error:
        log.warning("%d requeued tasks wait in SQL for the queue to come back: %s", len(rows), error)
        await store.mark_deferred([row.id for row in rows])


async def _why_not(store: Store, task_id: str) -> Exception:
    row = await store.get(known_form(task_id))
    if row is None:
        return not_found(task_id)
    return NotDead(f"task {row.id} is {row.status}, not {Status.DEAD}")


def _now_ms() -> int:
    return int(time.time() * 1000)
