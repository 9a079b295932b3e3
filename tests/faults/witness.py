"""Looks on at all that happens in the queue, from its first entry on, and remembers it."""

from __future__ import annotations

import asyncio
from itertools import count

from benchmarks.checker import Refusal
from system.queues.protocol import Queue
from system.storage.positions import BEGINNING
from system.tasks.errors import QueueUnavailable
from system.tasks.events import Event, Kind
from system.tasks.task import DEFAULT_QUEUE

PAGE = 1_000
WAIT_SECONDS = 0.5
RETRY_SECONDS = 0.05


class Witness:
    """What was seen so far."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self.events: list[Event] = []
        self.position = BEGINNING
        self.in_hand: dict[str, str] = {}
        """Which worker has which task."""

    async def run(self) -> None:
        """Look on until cancelled, whatever becomes of Redis."""
        for _ in count():
            try:
                batches = await self._queue.history(DEFAULT_QUEUE, self.position, PAGE, WAIT_SECONDS)
            except QueueUnavailable:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            for batch in batches:
                self.position = batch.position
                self.events += batch.events
                for event in batch.events:
                    self._note(event)

    def of(self, kind: Kind, *, task: str | None = None, worker: str | None = None) -> list[Event]:
        """Return the events of a kind: of a task, by a worker."""
        return [
            event
            for event in self.events
            if event.kind is kind and task in (None, event.task_id) and worker in (None, event.worker)
        ]

    def refusals(self) -> list[Refusal]:
        """Return the late finishes that were refused."""
        refused = self.of(Kind.REFUSED)
        return [Refusal(task_id=event.task_id, token=event.token or "", at=event.at) for event in refused]

    def _note(self, event: Event) -> None:
        if event.kind is Kind.CLAIMED:
            self.in_hand[event.task_id] = event.worker or ""
        elif event.kind is not Kind.REFUSED:
            self.in_hand.pop(event.task_id, None)
