"""Lets planned faults come at their times, and waits until the last one is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import monotonic
from typing import Protocol

from benchmarks.faults.schedule import Planned

TICK = 0.25  # seconds from one look to the next
THREADS = 32  # faults at once


class Striker(Protocol):
    """Carries out planned faults, from any thread."""

    def strike(self, fault: Planned) -> None:
        """Carry out one fault; returns when it is over."""

    def end(self) -> None:
        """Cut short what still lasts."""


async def break_it(
    planned: Sequence[Planned], striker: Striker, *, seconds: float, enough: asyncio.Event, look: Callable[[], None]
) -> None:
    """Break a system for so many seconds, or until it is enough; all is whole when this returns.

    `look` is called again and again meanwhile, and may raise. A fault that could not be undone raises too.
    """
    begun, left = monotonic(), list(reversed(planned))
    loop = asyncio.get_running_loop()
    strikes: list[asyncio.Future[None]] = []
    with ThreadPoolExecutor(THREADS) as pool:
        try:
            while (passed := monotonic() - begun) < seconds and not enough.is_set():
                while left and left[-1].at <= passed:
                    strikes.append(loop.run_in_executor(pool, striker.strike, left.pop()))
                for strike in strikes:
                    if strike.done():
                        strike.result()
                strikes = [strike for strike in strikes if not strike.done()]
                look()
                await wait(enough, TICK)
        finally:
            striker.end()
        await asyncio.gather(*strikes)


async def wait(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, but not longer than so many seconds."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
