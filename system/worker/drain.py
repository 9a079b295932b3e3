"""The end of a worker: what runs may finish within the grace, the rest is given back, and all is told to the queue."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from time import monotonic

import structlog

from system.worker.clock import Clock
from system.worker.held import Hand, Stop
from system.worker.nudge import Nudge
from system.worker.settle import Settler
from system.worker.slots import Slots

log = structlog.get_logger("worker")

CLEANUP_SECONDS = 0.5  # beyond the grace, for the `finally` blocks of handlers that are broken off
SENDING_SECONDS = 0.5  # beyond that, for the last words to the queue


class Drain:
    """Empties a worker that claims nothing any more."""

    def __init__(
        self,
        slots: Slots,
        hand: Hand,
        settler: Settler,
        changed: Nudge,
        grace_seconds: float,
        *,
        clock: Clock = monotonic,
    ) -> None:
        self._slots = slots
        self._hand = hand
        self._settler = settler
        self._changed = changed
        self._grace_seconds = grace_seconds
        self._clock = clock
        self._last = math.inf

    def hurry(self) -> None:
        """End the grace now."""
        self._last = min(self._last, self._clock())
        self._changed.give()

    async def run(self, settling: asyncio.Task[None]) -> None:
        """Drain; `settling` is the running settler, which has ended when this returns."""
        self._last = min(self._last, self._clock() + self._grace_seconds)
        self._settler.give_back(self._slots.take_back())
        await self._until(lambda: self._slots.idle, 0)
        for held in self._hand.running():
            held.stop(Stop.RELEASE)
        await self._until(lambda: self._slots.idle, CLEANUP_SECONDS)
        self._give_up_on_stubborn_handlers()
        self._settler.close()
        settling.add_done_callback(lambda _: self._changed.give())
        await self._until(settling.done, CLEANUP_SECONDS + SENDING_SECONDS)
        settling.cancel()

    def _give_up_on_stubborn_handlers(self) -> None:
        stubborn = self._hand.running()
        if stubborn:
            log.warning("handlers_ignore_cancelling", tasks=[held.claim.task.id for held in stubborn])
            self._settler.give_back(stubborn)

    async def _until(self, condition: Callable[[], bool], spare: float) -> None:
        """Wait for something, at most until `spare` seconds after the grace."""
        while not condition():
            remaining = self._last + spare - self._clock()
            if remaining <= 0:
                return
            try:
                async with asyncio.timeout(remaining):
                    await self._changed.wait()
            except TimeoutError:
                return
