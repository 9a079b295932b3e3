"""Looks around in the worker's loop: deadlines, claims that wait too long, and how late the loop is."""

from __future__ import annotations

import asyncio
from time import monotonic

from system.worker.clock import Clock
from system.worker.held import Hand, Stop
from system.worker.settle import Settler
from system.worker.slots import Slots

TICK = 0.1  # seconds from one look to the next
IDLE_TICK = 0.5  # while nothing is in hand
STALE = 0.1  # seconds a claim may wait in the buffer while all slots are busy


def pauses(margin: float) -> tuple[float, float]:
    """Return the seconds between two looks, with claims in hand and without.

    Two looks fit into the margin between a deadline and the end of its lease; also the idle ones, because an answer to
    a claim may come so late that its deadline is the next moment.
    """
    return min(TICK, margin / 2), min(IDLE_TICK, margin / 2)


class Watch:
    """Needs no answer from anybody, so a worker that is cut off stops in time all the same."""

    def __init__(self, hand: Hand, slots: Slots, settler: Settler, *, margin: float, clock: Clock = monotonic) -> None:
        self._hand = hand
        self._slots = slots
        self._settler = settler
        self._clock = clock
        self._pause, self._idle_pause = pauses(margin)
        self._lag = 0.0
        self._due: float | None = None

    async def run(self) -> None:
        """Look around until cancelled."""
        while True:
            pause = self._pause if len(self._hand) else self._idle_pause
            self._due = self._clock() + pause
            await asyncio.sleep(pause)
            now = self._clock()
            self._lag = now - self._due
            for held in self._hand.overdue(now):
                held.stop(Stop.LOST)
            stale = self._slots.take_stale(now - STALE)
            if stale:
                self._settler.give_back(stale)

    def lag(self) -> float:
        """Return by how many seconds the loop is late, also while it is blocked; may be asked from any thread."""
        blocked = self._clock() - self._due if self._due is not None else 0.0
        return max(self._lag, blocked, 0.0)
