"""Deletes the rows of tasks that ended longer ago than their retention says; dead letters have one of their own."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from system.storage.store import Store

HELPING = 500  # tasks a transaction: others want to write as well
DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Retention:
    """How long SQL remembers, in seconds after the end, and how many dead letters at the most (0: any number)."""

    finished: float = 7 * DAY_SECONDS
    dead: float = 30 * DAY_SECONDS
    most_dead: int = 0


class Pruner:
    """Forgets old tasks. `clock` gives seconds since 1970. Raises StoreUnavailable."""

    def __init__(self, store: Store, retention: Retention, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._retention = retention
        self._clock = clock

    async def prune(self) -> int:
        """Delete what is old enough, and the oldest dead letters where there are too many; return how many tasks."""
        now, most = self._clock(), self._retention.most_dead
        finished_ms, dead_ms = (
            round((now - seconds) * 1000) for seconds in (self._retention.finished, self._retention.dead)
        )
        total = await _all(lambda: self._store.prune(finished_ms, HELPING))
        total += await _all(lambda: self._store.prune_dead(dead_ms, HELPING))
        if most:
            total += await _all(lambda: self._store.prune_dead_beyond(most, HELPING))
        return total


async def _all(helping: Callable[[], Awaitable[int]]) -> int:
    total = 0
    while deleted := await helping():
        total += deleted
    return total
