"""Counts accepted tasks by type, and brings the counts into SQL every now and then, so that accepting does not pay."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress

from system.storage.counters import Count
from system.storage.store import Store
from system.tasks.errors import StoreUnavailable

FLUSH_SECONDS = 2.0  # what a killed process may leave uncounted


class Arrivals:
    """Between `start` and `stop` counts are brought into SQL; where SQL is away they wait for it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._counted: Counter[str] = Counter()
        self._running: asyncio.Task[None] | None = None

    def note(self, types: Iterable[str]) -> None:
        """Count accepted tasks, given by their types."""
        self._counted.update(types)

    def start(self) -> None:
        """Begin to flush."""
        self._running = asyncio.create_task(self._repeat())

    async def stop(self) -> None:
        """Flush what is left."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])
            self._running = None
        with suppress(StoreUnavailable):
            await self.flush()

    async def flush(self) -> None:
        """Bring what was counted into SQL now. Raises StoreUnavailable, and keeps the counts."""
        if not self._counted:
            return
        counted, self._counted = self._counted, Counter()
        try:
            await self._store.count([Count("submitted", type, 0, count) for type, count in counted.items()])
        except BaseException:
            self._counted.update(counted)
            raise

    async def _repeat(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            with suppress(StoreUnavailable):
                await self.flush()
