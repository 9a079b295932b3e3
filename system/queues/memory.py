"""Phase 1: the queue inside one process, worker and API side by side; a crash loses everything that waited.

It keeps every promise of the `leases` queue but two: it does not survive its process, and SQL can't refill it. Time is
a parameter, so that a simulation can drive it. A lock guards the books, because a worker renews its leases from a
thread of its own; nobody holds it while waiting.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any
from uuid import uuid4

from system.queues.breakers import Breakers
from system.queues.grouping import each, places_by_queue
from system.queues.memory_bell import Bell
from system.queues.memory_breakers import MemoryBreakers
from system.queues.memory_shelf import Shelf
from system.queues.protocol import Ability, Cleanup, Grant, Place, Stats
from system.queues.registry import Order
from system.tasks.context import Report
from system.tasks.events import Batch, Kind
from system.tasks.outcome import Settlement
from system.tasks.task import Claim, Task

Clock = Callable[[], float]
WAKING = frozenset({Kind.QUEUED, Kind.SCHEDULED, Kind.RETRYING})  # after these it pays to claim, or to know when


class MemoryQueue:
    """The `memory` queue; implements queues.protocol.Queue. `clock` gives seconds since 1970 (UTC).

    `weights` are as for LeaseQueue.
    """

    abilities = ~(Ability.PERSISTENCE | Ability.REBUILDING)

    def __init__(
        self, *, lease_seconds: float = 10.0, clock: Clock = time.time, weights: Sequence[int] | None = None
    ) -> None:
        self._weights = weights
        self._lease_ms = round(lease_seconds * 1000)
        self._clock = clock
        self._shelves: dict[str, Shelf] = {}
        self._lock = Lock()
        self._work = Bell()
        self.breakers: Breakers = MemoryBreakers(clock)

    async def put(self, tasks: Sequence[Task], *, announce: bool = False) -> None:
        """Make tasks wait."""
        for queue, places in places_by_queue(tasks).items():
            with self._open(queue) as shelf:
                shelf.put([tasks[place] for place in places], announce=announce)

    async def claim(self, worker: str, queues: Sequence[str], limit: int) -> Grant:
        """Hand out up to `limit` tasks under leases."""
        claims: list[Claim] = []
        pauses: list[int] = []
        for queue in queues:
            with self._open(queue) as shelf:
                claims += shelf.claim(worker, limit - len(claims), self._lease_ms)
                pauses += [ms for ms in [shelf.pays_in()] if ms is not None]
            if len(claims) >= limit:
                break
        return Grant(claims, min(pauses) / 1000 if pauses and not claims else None)

    async def wait(self, queues: Sequence[str], seconds: float) -> None:
        """Sleep until something is put, comes back or falls due. All sleepers wake; the slower ones find nothing."""
        await self._work.sleep(lambda: min(seconds, *map(self._pays_in, queues)))

    async def finish(self, settlements: Sequence[Settlement]) -> list[bool]:
        """Settle claims, each on its own merits."""
        answers = [False] * len(settlements)
        for queue, places in places_by_queue(settlement.claim.task for settlement in settlements).items():
            with self._open(queue) as shelf:
                for place in places:
                    answers[place] = shelf.finish(settlements[place])
        return answers

    async def renew(self, claims: Sequence[Claim]) -> list[bool]:
        """Begin leases anew."""
        answers = [False] * len(claims)
        for queue, places in places_by_queue(claim.task for claim in claims).items():
            with self._open(queue) as shelf:
                for place in places:
                    answers[place] = shelf.renew(claims[place], self._lease_ms)
        return answers

    async def report(self, reports: Sequence[Report]) -> None:
        """Tell how far tasks are."""
        for report in reports:
            with self._open(report.queue) as shelf:
                shelf.report(report)

    async def release(self, claims: Sequence[Claim], seconds: float | Sequence[float] = 0.0) -> None:
        """Give claims back unrun, the last one first, so that they wait in their old order."""
        pauses = each(seconds, claims)
        for queue, places in places_by_queue(claim.task for claim in claims).items():
            with self._open(queue) as shelf:
                for place in reversed(places):
                    shelf.release(claims[place], max(0, round(pauses[place] * 1000)))

    async def abandon(self, worker: str, queues: Sequence[str]) -> int:
        """Take back what a dead worker holds."""
        ended = 0
        for queue in queues:
            with self._open(queue) as shelf:
                ended += shelf.abandon(worker)
        return ended

    async def cancel(self, queue: str, task_id: str) -> bool:
        """Take a task out."""
        with self._open(queue) as shelf:
            return shelf.cancel(task_id)

    async def pause(self, queue: str) -> None:
        """Hand out nothing until resumed."""
        with self._open(queue) as shelf:
            shelf.paused = True

    async def resume(self, queue: str) -> None:
        """Undo a pause, and wake the workers."""
        with self._open(queue) as shelf:
            shelf.paused = False
        self._work.ring()

    async def cleanup(self, queue: str) -> Cleanup:
        """Take back ended leases and promote what is due."""
        with self._open(queue) as shelf:
            return shelf.heal()

    async def check(self, queue: str) -> None:
        """Return: there is always room."""

    async def find(self, queue: str, task_id: str) -> Place | None:
        """Look for one task."""
        with self._open(queue) as shelf:
            return shelf.find(task_id)

    async def stats(self, queue: str) -> Stats:
        """Count."""
        with self._open(queue) as shelf:
            return shelf.stats()

    async def missing(self, queue: str, task_ids: Sequence[str]) -> list[str]:
        """Return the ids this process does not hold."""
        with self._open(queue) as shelf:
            return [task_id for task_id in task_ids if task_id not in shelf.held]

    async def history(self, queue: str, after: str, limit: int, seconds: float = 0.0) -> list[Batch]:
        """Read up to `limit` batches after a position, waiting up to `seconds` for the first."""
        with self._open(queue) as shelf:
            history = shelf.history
        return await history.after(after, limit, seconds)

    async def tail(self, queue: str) -> str:
        """Return the newest batch's position."""
        with self._open(queue) as shelf:
            return shelf.history.tail()

    async def forget(self, queue: str, until: str) -> None:
        """Drop what is recorded, but for the newest thousand of it."""
        with self._open(queue) as shelf:
            shelf.history.forget(until)

    async def epoch(self, queue: str) -> str | None:
        """Return the mark that a new process lacks."""
        with self._open(queue) as shelf:
            return shelf.epoch

    async def begin_epoch(self, queue: str) -> str:
        """Set a new mark."""
        with self._open(queue) as shelf:
            shelf.epoch = uuid4().hex
            return shelf.epoch

    async def close(self) -> None:
        """Do nothing: there is no connection to let go of."""

    def _pays_in(self, queue: str) -> float:
        """Return in how many seconds it pays to claim."""
        with self._open(queue) as shelf:
            ms = shelf.pays_in()
        return math.inf if ms is None else ms / 1000

    @contextmanager
    def _open(self, queue: str) -> Iterator[Shelf]:
        """Let one call at a time at a queue's books; what it did becomes one batch of the history."""
        with self._lock:
            shelf = self._shelves.get(queue) or self._shelves.setdefault(queue, Shelf(queue, self._weights))
            shelf.now = int(self._clock() * 1000)
            yield shelf
            news, shelf.news = shelf.news, []
            if news:
                shelf.history.append(shelf.now, news)
        if any(event[0] in WAKING for event in news):
            self._work.ring()


class MemoryRegistry:
    """The workers of this process: the same as queues.registry.Registry, in memory."""

    def __init__(self, *, clock: Clock = time.time) -> None:
        self._clock = clock
        self._seen: dict[str, tuple[float, dict[str, Any]]] = {}
        self._orders: dict[str, Order] = {}

    async def beat(self, worker_id: str, info: dict[str, Any]) -> Order | None:
        """Note what a worker says of itself, now, and return what it was told to do."""
        self._seen[worker_id] = (self._clock(), info)
        return self._orders.get(worker_id)

    async def order(self, worker_id: str, what: Order | None) -> None:
        """Leave an order for a worker; None takes it back."""
        self._orders.pop(worker_id, None)
        if what is not None:
            self._orders[worker_id] = what

    async def workers(self) -> list[dict[str, Any]]:
        """Return each worker's last word, with `id`, `last_heartbeat` (ms) and `age_seconds` added, by id."""
        now = self._clock()
        return [
            {**info, "id": worker_id, "last_heartbeat": int(at * 1000), "age_seconds": max(0.0, now - at)}
            for worker_id, (at, info) in sorted(self._seen.items())
        ]

    async def remove(self, worker_id: str) -> None:
        """Forget a worker."""
        self._seen.pop(worker_id, None)
        self._orders.pop(worker_id, None)
