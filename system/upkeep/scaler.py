"""Decides every two seconds how many workers there should be; who starts them reads it (GET /scaling)."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict

import orjson

from system.operations.signals import Signals
from system.policies.scaling import Limits, Load, Scaling
from system.storage.scale_book import ALL, ScaleBook, ScaleRow

WRITE_SECONDS = 10.0  # between two writes while nothing changes


class Scaler:
    """Decides while `speaks()`; of several upkeep processes one does."""

    def __init__(
        self,
        book: ScaleBook,
        limits: Limits,
        look: Callable[[], Awaitable[Signals]],
        *,
        speaks: Callable[[], bool],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._book = book
        self._limits = limits
        self._look = look
        self._speaks = speaks
        self._clock = clock
        self._scaling: Scaling | None = None
        self._last: ScaleRow | None = None

    async def round(self) -> None:
        """Look, decide, and write it down. Raises QueueUnavailable, StoreUnavailable: then the last decision stands."""
        if not self._speaks():
            self._scaling = self._last = None  # what another process decides meanwhile is not known here
            return
        found = await self._look()
        now = round(self._clock() * 1000)
        if self._scaling is None:
            last = await self._book.read()
            self._scaling = Scaling(self._limits, None if last is None else last.desired)
        decision = self._scaling.decide(_load(found), now)
        signals = orjson.dumps(asdict(found)).decode()
        row = ScaleRow(ALL, found.workers, decision.desired, decision.reason, signals, now)
        if self._worth_writing(row):
            await self._book.save(row)
            self._last = row

    def _worth_writing(self, row: ScaleRow) -> bool:
        last = self._last
        if last is None or row.evaluated_at - last.evaluated_at >= WRITE_SECONDS * 1000:
            return True
        return (row.current, row.desired, row.reason) != (last.current, last.desired, last.reason)


def _load(found: Signals) -> Load:
    return Load(
        waiting=found.waiting,
        running=found.running,
        oldest_age=found.oldest_age,
        ended=found.ended,
        workers=found.workers,
        concurrency=found.concurrency,
    )
