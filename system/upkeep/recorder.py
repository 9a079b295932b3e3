"""Records what happened in a queue: reads its history behind the recorded position and has it projected into SQL.

Any number of recorders may run: each helping is recorded by one of them, see storage/projection.py. One that is killed
before the commit has done nothing; one that is killed after it has done everything.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from system.queues.protocol import Queue
from system.storage.positions import place
from system.storage.projection import Projection
from system.telemetry.failpoints import failpoint

HELPING = 100  # batches a transaction: enough to make its cost small, few enough to let SQLite's other writers in
FORGET_SECONDS = 5.0


class Recorder:
    """Moves the recorded position of a queue on. Raises QueueUnavailable and StoreUnavailable."""

    def __init__(self, queue: Queue, projection: Projection, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._queue = queue
        self._projection = projection
        self._clock = clock
        self._forgot: dict[str, float] = {}

    async def step(self, name: str, seconds: float) -> int:
        """Record one helping, waiting up to `seconds` for something to happen; return the number of events.

        That is 0 too where another recorder was faster.
        """
        position, _ = await self._projection.position(name)
        batches = await self._queue.history(name, position, HELPING, seconds)
        if not batches:
            return 0
        failpoint("recorder.before_commit")
        if not await self._projection.apply(name, expected=position, batches=batches):
            return 0
        failpoint("recorder.after_commit")
        await self._forget(name, batches[-1].position)
        return sum(len(batch.events) for batch in batches)

    async def catch_up(self, name: str) -> bool:
        """Record everything that has happened until now, by whoever's work; False where the history has a gap."""
        tail = place(await self._queue.tail(name))
        while (before := await self._place(name)) < tail:
            if await self.step(name, 0.0) == 0 and await self._place(name) == before:
                return False
        return True

    async def _place(self, name: str) -> tuple[int, int]:
        position, _ = await self._projection.position(name)
        return place(position)

    async def _forget(self, name: str, position: str) -> None:
        """Drop what is recorded, now and then."""
        now = self._clock()
        if now - self._forgot.get(name, float("-inf")) >= FORGET_SECONDS:
            self._forgot[name] = now
            await self._queue.forget(name, position)
