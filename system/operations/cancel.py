"""Cancelling a task, wherever it is: waiting, running, or in SQL alone."""

from __future__ import annotations

import time

from system.operations import inspect
from system.operations.in_time import in_time
from system.operations.recorded import let_recorder_catch_up
from system.queues.protocol import Queue
from system.storage.rows import TaskRow
from system.storage.store import Store
from system.tasks.errors import AlreadyOver
from system.tasks.task import Status


async def cancel(
    store: Store, queue: Queue, task_id: str, *, owner: str | None = None, patience: float = 0.0
) -> TaskRow:
    """Cancel a task and return its record; a running one is told when its worker next renews the lease.

    Raises NotFound (also where it is not `owner`'s), AlreadyOver, QueueUnavailable, StoreUnavailable, Unsupported.
    `patience` is as for inspect.get.
    """
    row = await inspect.get(store, task_id, owner=owner, patience=patience)
    if row.status.over:
        raise _already(row)
    async with in_time():
        known = await queue.cancel(row.queue, row.id)
    if not known:
        # The queue does not know it: it has just ended and the record does not say so yet, or it waits in SQL alone.
        await let_recorder_catch_up(store, queue, row.queue)
    await store.cancel(row.id, int(time.time() * 1000))  # or the recorder was faster, with the queue's own word
    row = await inspect.get(store, row.id)
    if row.status is not Status.CANCELLED:
        raise _already(row)
    return row


def _already(row: TaskRow) -> AlreadyOver:
    return AlreadyOver(f"task {row.id} is over: {row.status}")
