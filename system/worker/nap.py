"""Waiting for something outside, in a way that the worker itself can end at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

Wait = Callable[[], Coroutine[Any, Any, None]]
CANCEL_AGAIN = 0.05  # seconds


class Nap:
    """One wait at a time."""

    def __init__(self) -> None:
        self._alarm: asyncio.Future[None] | None = None

    def end(self) -> None:
        """End the nap that is being taken, if one is."""
        if self._alarm is not None and not self._alarm.done():
            self._alarm.set_result(None)

    async def take(self, *waits: Wait) -> None:
        """Wait until one of the waits is over, or the nap is ended; raises what the first wait raised."""
        self._alarm = asyncio.get_running_loop().create_future()
        tasks = [asyncio.ensure_future(wait()) for wait in waits]
        watched = [self._alarm, *tasks]
        try:
            await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _break_off(watched)
        if not tasks[0].cancelled():
            tasks[0].result()


async def _break_off(futures: Sequence[asyncio.Future[None]]) -> None:
    """Cancel and wait for the end; again, because the Redis client may swallow a cancel (wait_for of Python 3.11)."""
    for future in futures:
        future.cancel()
    while still := [future for future in futures if not future.done()]:
        await asyncio.wait(still, timeout=CANCEL_AGAIN)
        for future in still:
            future.cancel()
