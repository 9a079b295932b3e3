"""Puts again what the queue lost: tasks that SQL says are open and that the queue knows nothing of.

    which ids are open, and older than a grace?        SQL      (younger ones are still on their way to the queue)
    which of them does the queue not hold?             queue
    record everything that has happened until now      both     (else a task that has just ended would seem lost)
    which of them are still open? they are lost        SQL
    put them                                           queue    (harmless where somebody else did so meanwhile)

One reconciler at a time does this for a queue. Two could both find a task lost; what the first one put might be claimed
and done before the second one puts it, and would run twice.

A queue that can't be rebuilt (brpop, streams) gets only what was accepted while it was away, and never put.

A queue whose backend lost everything shows by its missing epoch. Then all open tasks are compared at once, and its
history is recorded from its new beginning.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from uuid import uuid4

from system.queues.protocol import Ability, Queue
from system.storage.positions import BEGINNING, place
from system.storage.projection import Projection
from system.storage.store import Store
from system.upkeep.recorder import Recorder

GRACE_SECONDS = 5.0
TURN_SECONDS = 15.0  # longer than a page takes; another goes on after it where a reconciler died in the middle
PAGE = 1_000  # ids compared in one question
PUT = 100  # tasks read and put at once: their payloads may be large


class Reconciler:
    """Compares a queue with SQL. `clock` gives seconds since 1970. Raises QueueUnavailable and StoreUnavailable."""

    def __init__(
        self,
        queue: Queue,
        store: Store,
        projection: Projection,
        recorder: Recorder,
        *,
        grace_seconds: float = GRACE_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._queue = queue
        self._store = store
        self._projection = projection
        self._recorder = recorder
        self._grace_ms = round(grace_seconds * 1000)
        self._clock = clock
        self._id = uuid4().hex
        self._next: dict[str, str | None] = {}

    async def sweep(self, name: str, *, pages: int | None = None) -> int:
        """Put again what a queue lost and return how many tasks that were.

        Compares all open tasks or, where `pages` is given, only so many pages in which nothing is missing; the next
        sweep goes on behind them. Does nothing while another reconciler is at it.
        """
        if not await self._take_turn(name):
            return 0
        try:
            if Ability.REBUILDING not in self._queue.abilities:
                return await self._put_deferred(name)
            return await self._sweep(name, pages)
        finally:
            await self._take_turn(name, seconds=0.0)

    async def sweep_all(self) -> int:
        """Sweep every named queue from beginning to end."""
        return sum([await self.sweep(name) for name in await self._store.queue_names()])

    async def put_again(self, name: str, task_ids: Sequence[str]) -> int | None:
        """Put those tasks that are still open once all is recorded that happened to them; return how many.

        None, and nothing is put, where the record can't be brought up to date.
        """
        if not await self._recorder.catch_up(name):
            return None
        put = 0
        for start in range(0, len(task_ids), PUT):
            rows = await self._store.get_many(task_ids[start : start + PUT])
            lost = [row.to_task() for row in rows if not row.status.over]
            if lost:
                await self._queue.put(lost)
            put += len(lost)
        return put

    async def _sweep(self, name: str, pages: int | None) -> int:
        epoch = await self._queue.epoch(name)
        position, recorded = await self._projection.position(name)
        if epoch is None or epoch != recorded:
            return await self._rebuild(name, epoch)
        if place(tail := await self._queue.tail(name)) < place(position):  # it was rewound to an older copy of itself
            await self._projection.set_epoch(name, epoch, tail)
        put, _ = await self._compare(name, pages)
        return put

    async def _put_deferred(self, name: str) -> int:
        """Put what never got to the queue; what got there without an answer is recorded as such first."""
        if not await self._recorder.catch_up(name):
            return 0
        rows = await self._store.deferred(name, limit=PUT)
        if rows:
            await self._queue.put([row.to_task() for row in rows])
            await self._store.mark_queued([row.id for row in rows])
        return len(rows)

    async def _put_in_turn(self, name: str, task_ids: Sequence[str]) -> int | None:
        return await self.put_again(name, task_ids) if await self._take_turn(name) else None

    async def _take_turn(self, name: str, seconds: float = TURN_SECONDS) -> bool:
        """Begin our turn, or go on with it for so many seconds; False where it is another's."""
        now = int(self._clock() * 1000)
        return await self._store.take_turn(name, self._id, now_ms=now, until_ms=now + round(seconds * 1000))

    async def _rebuild(self, name: str, epoch: str | None) -> int:
        """Fill a backend that SQL has not seen before, and note that it did."""
        # Its history may be numbered from anywhere; what is recorded twice comes to the same.
        await self._projection.set_epoch(name, None, BEGINNING)
        put, complete = await self._compare(name, None)
        if complete:
            epoch = epoch or await self._queue.epoch(name) or await self._queue.begin_epoch(name)
            position, _ = await self._projection.position(name)
            await self._projection.set_epoch(name, epoch, position)
        return put

    async def _compare(self, name: str, pages: int | None) -> tuple[int, bool]:
        """Return how many tasks were put again, and whether all was compared that was to be."""
        before = int(self._clock() * 1000) - self._grace_ms
        after = None if pages is None else self._next.get(name)
        put = quiet = 0
        while pages is None or quiet < pages:
            ids = await self._store.open_ids(name, created_before_ms=before, after_id=after, limit=PAGE)
            missing = await self._queue.missing(name, ids) if ids else []
            lost = await self._put_in_turn(name, missing) if missing else 0
            if lost is None:
                return put, False
            put, quiet = put + lost, quiet + (lost == 0)
            after = ids[-1] if ids else after
            if len(ids) < PAGE:
                # Next time from the beginning; after a complete sweep, with those first that were too young just now.
                after = after if pages is None else None
                break
        self._next[name] = after
        return put, True
