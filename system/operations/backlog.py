"""The backlog cap: how many open tasks there may be before new ones are refused."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from time import monotonic

from system.operations.dispatch import Dispatcher
from system.operations.in_time import in_time
from system.queues.protocol import Queue
from system.storage.store import Store
from system.tasks.errors import Overloaded, QueueUnavailable, StoreUnavailable

FRESH_SECONDS = 0.5  # how long a count is good; meanwhile what is accepted here is added to it
COUNTING_SHARE = 0.1  # the share of the time that may go into counting, however long one count takes
PATIENCE_SECONDS = 1.0  # what asking the queue may take
SHORTEST_PAUSE, LONGEST_PAUSE = 1, 60  # bounds of Retry-After, seconds


class Backlog:
    """Counts open tasks in the queue or, while it is away, in SQL, and refuses what would exceed the cap."""

    def __init__(
        self,
        store: Store,
        queue: Queue,
        dispatcher: Dispatcher,
        *,
        cap: int,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._store = store
        self._queue = queue
        self._dispatcher = dispatcher
        self._cap = cap
        self._clock = clock
        self._count = 0
        self._per_second = 0.0
        self._fresh_until = float("-inf")

    async def admit(self, tasks: int) -> None:
        """Let `tasks` more in, or raise Overloaded.

        One caller every half second waits for a new count; the others go by the last one.
        """
        started = self._clock()
        if started >= self._fresh_until:
            self._fresh_until = started + FRESH_SECONDS
            await self._recount()
            ended = self._clock()
            self._fresh_until = ended + max(FRESH_SECONDS, (ended - started) / COUNTING_SHARE)
        excess = self._count + tasks - self._cap
        if excess > 0:
            message = f"{self._count} tasks are open; with {tasks} more they would exceed the cap of {self._cap}"
            raise Overloaded(message, retry_after=self._pause(excess))
        self._count += tasks

    async def _recount(self) -> None:
        try:
            if not self._dispatcher.away and await self._asked_queue():
                return
            self._count = await self._store.count_open()
        except StoreUnavailable:
            return  # the insert that follows says so, where it matters

    async def _asked_queue(self) -> bool:
        names = await self._store.queue_names()
        try:
            async with in_time(PATIENCE_SECONDS):
                stats = [await self._queue.stats(name) for name in names]
        except QueueUnavailable:
            return False
        self._count = sum(one.ready + one.leased + one.scheduled for one in stats)
        self._per_second = sum(one.finished_1m for one in stats) / 60
        return True

    def _pause(self, excess: int) -> int:
        """Return the seconds in which the workers, at their pace of the last minute, make room."""
        if self._per_second <= 0:
            return LONGEST_PAUSE
        return min(max(ceil(excess / self._per_second), SHORTEST_PAUSE), LONGEST_PAUSE)
