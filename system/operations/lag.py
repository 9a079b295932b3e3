"""How far the record is behind the queue."""

from __future__ import annotations

import time

from system.operations.in_time import in_time
from system.queues.protocol import Queue
from system.storage.positions import place
from system.storage.store import Store


async def recorder_lag(store: Store, queue: Queue, name: str) -> float:
    """Return for how many seconds the oldest thing that is not recorded has been waiting; 0.0 where all is recorded.

    Compares the clock of this machine with that of the queue's server. Raises QueueUnavailable, StoreUnavailable.
    """
    position = await store.position(name)
    async with in_time():
        if place(await queue.tail(name)) <= place(position):
            return 0.0
        waiting = await queue.history(name, position, 1)
    return max(0.0, time.time() - place(waiting[0].position)[0] / 1000) if waiting else 0.0
