"""A bell for those who wait in memory: it wakes them in whichever thread's event loop they sleep."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress


class Bell:
    """Wakes all sleepers. An asyncio.Condition would serve one event loop; a worker's leases are renewed in another."""

    def __init__(self) -> None:
        self._sleepers: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}

    def ring(self) -> None:
        """Wake everyone who sleeps now."""
        for event, loop in tuple(self._sleepers.items()):
            loop.call_soon_threadsafe(event.set)

    async def sleep(self, longest: Callable[[], float]) -> None:
        """Sleep until the bell rings, at most as many seconds as `longest` says once no ring can be missed."""
        event = asyncio.Event()
        self._sleepers[event] = asyncio.get_running_loop()  # before looking: what comes after the look will ring
        try:
            if (seconds := longest()) > 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await event.wait()
        finally:
            del self._sleepers[event]
