"""A wake-up call between coroutines of one loop, cheap enough to be given for every task."""

from __future__ import annotations

import asyncio


class Nudge:
    """Wakes whoever waits at the moment; who waits looks for himself whether there is something to do."""

    def __init__(self) -> None:
        self._waiters: list[asyncio.Future[None]] = []

    async def wait(self) -> None:
        """Sleep until the next nudge."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            await waiter
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    def give(self, sleepers: int | None = None) -> None:
        """Wake all sleepers, or as many as are told, who slept longest."""
        if not self._waiters:
            return
        woken, self._waiters = self._waiters[:sleepers], self._waiters[sleepers:] if sleepers else []
        for waiter in woken:
            if not waiter.done():
                waiter.set_result(None)
