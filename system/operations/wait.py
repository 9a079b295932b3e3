"""Waiting for tasks to end: one shared look at the history, however many wait, and SQL as the safety net."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from system.queues.protocol import Queue
from system.storage.store import Store
from system.tasks.errors import QueueUnavailable, StoreUnavailable, Unsupported
from system.tasks.events import Event, Kind
from system.tasks.task import Status

CHECK_SECONDS = 1.0  # between two looks into SQL, and how long one look at the history may wait
BATCHES = 500
REMEMBERED = 1_000  # endings kept for those who ask a moment too late
ENDINGS = {
    Kind.SUCCEEDED: Status.SUCCEEDED,
    Kind.DEAD: Status.DEAD,
    Kind.CANCELLED: Status.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Ended:
    """How a task ended; `result` is JSON text."""

    status: Status
    result: str | None
    error: str | None


class Endings:
    """Wakes those who wait for a task, as soon as its end stands in the history or in SQL.

    The history is followed from where SQL's record of it ends, so that between the two no ending can be missed for
    longer than CHECK_SECONDS. Nothing runs while nobody waits.
    """

    def __init__(self, store: Store, queue: Queue) -> None:
        self._store = store
        self._queue = queue
        self._waiting: dict[str, set[asyncio.Future[Ended]]] = {}
        self._unchecked: set[str] = set()
        self._joined = asyncio.Event()
        self._recent: dict[str, Ended] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    async def wait(self, task_id: str, queue: str) -> Ended:
        """Return how the task of that named queue ended, once it has."""
        if (known := self._recent.get(task_id)) is not None:
            return known
        mine: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        others = self._waiting.setdefault(task_id, set())
        others.add(mine)
        self._unchecked.add(task_id)
        self._joined.set()
        self._run("check", self._check)
        self._run(f"follow {queue}", partial(self._follow, queue))
        try:
            return await mine
        finally:
            others.discard(mine)
            if not others:
                self._waiting.pop(task_id, None)

    async def stop(self) -> None:
        """End what runs in the background."""
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _run(self, name: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
        running = self._running.get(name)
        if running is None or running.done():
            self._running[name] = asyncio.create_task(work(), name=name)

    async def _check(self) -> None:
        """Look up newcomers in SQL at once, and everybody each second."""
        while self._waiting:
            ids, self._unchecked = self._unchecked or set(self._waiting), set()
            self._joined.clear()
            with suppress(StoreUnavailable):
                for row in await self._store.get_many(list(ids)):
                    if row.status.over:
                        self._tell(row.id, Ended(row.status, row.result, row.error))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._joined.wait(), CHECK_SECONDS)

    async def _follow(self, queue: str) -> None:
        after: str | None = None
        while self._waiting:
            try:
                after = after or await self._store.position(queue)
                for batch in await self._queue.history(queue, after, BATCHES, CHECK_SECONDS):
                    self._note(batch.events)
                    after = batch.position
            except (QueueUnavailable, StoreUnavailable, Unsupported):
                await asyncio.sleep(CHECK_SECONDS)  # until it is back, or for good, SQL tells
        self._recent.clear()

    def _note(self, events: Iterable[Event]) -> None:
        for event in events:
            if event.kind in ENDINGS:
                ended = Ended(ENDINGS[event.kind], event.result, event.error)
                self._recent[event.task_id] = ended
                self._tell(event.task_id, ended)
            elif event.kind is Kind.QUEUED:
                self._recent.pop(event.task_id, None)  # a dead letter that was requeued
        while len(self._recent) > REMEMBERED:
            self._recent.pop(next(iter(self._recent)))

    def _tell(self, task_id: str, ended: Ended) -> None:
        for waiter in self._waiting.get(task_id, ()):
            if not waiter.done():
                waiter.set_result(ended)
