"""Pausing a named queue: nothing more is handed out from it until it is resumed."""

from __future__ import annotations

from system.operations.in_time import in_time
from system.queues.protocol import Queue
from system.storage.store import Store
from system.tasks.errors import NotFound
from system.tasks.task import DEFAULT_QUEUE


async def pause(store: Store, queue: Queue, name: str) -> None:
    """Pause a queue; raises NotFound where no task was ever sent to it."""
    await _check(store, name)
    async with in_time():
        await queue.pause(name)


async def resume(store: Store, queue: Queue, name: str) -> None:
    """Undo a pause; raises NotFound where no task was ever sent to the queue."""
    await _check(store, name)
    async with in_time():
        await queue.resume(name)


async def _check(store: Store, name: str) -> None:
    if name != DEFAULT_QUEUE and name not in await store.queue_names():
        message = f"there is no queue {name[:64]!r}"
        raise NotFound(message)
