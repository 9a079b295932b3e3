"""Whether TaskLab can do its work: it needs SQL; without the queue it accepts and waits."""

from __future__ import annotations

import asyncio

from system.operations.in_time import in_time
from system.queues.protocol import Queue
from system.storage.store import Store
from system.tasks.errors import QueueUnavailable, StoreUnavailable
from system.tasks.task import DEFAULT_QUEUE

PATIENCE_SECONDS = 2.0


async def queue_trouble(store: Store, queue: Queue) -> str | None:
    """Return what is wrong with the queue, None if nothing; raise StoreUnavailable where SQL does not answer."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await store.ping()
    except TimeoutError:
        message = f"the database gave no answer for {PATIENCE_SECONDS:g} s"
        raise StoreUnavailable(message) from None
    try:
        async with in_time():
            await queue.check(DEFAULT_QUEUE)
    except QueueUnavailable as error:
        return str(error)
    return None
