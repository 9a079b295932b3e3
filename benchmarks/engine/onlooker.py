"""Follows a queue's history while it is made: what only the history tells is gone later."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from benchmarks.checker import Refusal, refusals
from system.queues.protocol import Queue, Stats
from system.tasks.errors import QueueUnavailable
from system.tasks.events import Batch, Kind
from system.tasks.task import DEFAULT_QUEUE

PAGE = 500  # batches
WAIT_SECONDS = 1.0
STATS_SECONDS = 2.0
ENDS = (Kind.SUCCEEDED, Kind.DEAD, Kind.CANCELLED)


class Onlooker:
    """Counts events and keeps the refused finishes. A wipe or a rewind of Redis may hide some from it."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self.refusals: list[Refusal] = []
        self.events: Counter[Kind] = Counter()
        self.stats = Stats()
        """The queue's figures as last heard of."""
        self.workers: set[str] = set()
        """Ids of all that have claimed a task."""
        self._stopped = False

    @property
    def ended(self) -> int:
        """How many ends were seen."""
        return sum(self.events[kind] for kind in ENDS)

    async def run(self) -> None:
        """Look on until stopped, whatever becomes of Redis."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow())
            group.create_task(self._ask())

    def stop(self) -> None:
        """Let `run` return within seconds. A flag, because the Redis client can swallow a cancel."""
        self._stopped = True

    async def _follow(self) -> None:
        position = "0"
        while not self._stopped:
            try:
                batches = await self._queue.history(DEFAULT_QUEUE, position, PAGE, WAIT_SECONDS)
            except QueueUnavailable:
                await asyncio.sleep(WAIT_SECONDS)
                continue
            if batches:
                position = batches[-1].position
            self.refusals += refusals(batches)
            for batch in batches:
                self._count(batch)

    def _count(self, batch: Batch) -> None:
        for event in batch.events:
            self.events[event.kind] += 1
            if event.kind is Kind.CLAIMED and event.worker:
                self.workers.add(event.worker)

    async def _ask(self) -> None:
        while not self._stopped:
            with suppress(QueueUnavailable, TimeoutError):
                async with asyncio.timeout(STATS_SECONDS):
                    self.stats = await self._queue.stats(DEFAULT_QUEUE)
            await asyncio.sleep(STATS_SECONDS)


@asynccontextmanager
async def beside(onlooker: Onlooker) -> AsyncIterator[Onlooker]:
    """Let it look on for as long as the block lasts."""
    looking = asyncio.create_task(onlooker.run())
    try:
        yield onlooker
    finally:
        onlooker.stop()
        await asyncio.wait([looking])
