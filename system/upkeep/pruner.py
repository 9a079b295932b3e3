"""Deletes the rows of tasks that ended longer ago than the retention says."""

from __future__ import annotations

import time
from collections.abc import Callable

from system.storage.store import Store

HELPING = 500  # tasks a transaction: others want to write as well


class Pruner:
    """Forgets old tasks. `clock` gives seconds since 1970. Raises StoreUnavailable."""

    def __init__(self, store: Store, *, retention_seconds: float, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._retention_ms = round(retention_seconds * 1000)
        self._clock = clock

    async def prune(self) -> int:
        """Delete what is old enough, dead tasks included, and return how many tasks that were."""
        before = int(self._clock() * 1000) - self._retention_ms
        total = 0
        while deleted := await self._store.prune(before, HELPING):
            total += deleted
        return total
