"""Waiting until SQL's record of a queue has caught up with what has happened there by now."""

from __future__ import annotations

import asyncio

from system.operations.in_time import in_time
from system.queues.protocol import Queue
from system.storage.positions import place
from system.storage.store import Store

RECORDER_SECONDS = 2.0  # how long the recorder may take
REREAD_SECONDS = 0.05


async def let_recorder_catch_up(store: Store, queue: Queue, name: str) -> bool:
    """Return True once all that happened to a named queue before this call is recorded, False if it takes too long."""
    clock = asyncio.get_running_loop().time
    async with in_time():
        tail = place(await queue.tail(name))
    deadline = clock() + RECORDER_SECONDS
    while place(await store.position(name)) < tail:
        if clock() >= deadline:
            return False
        await asyncio.sleep(REREAD_SECONDS)
    return True
