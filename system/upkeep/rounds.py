"""Runs jobs again and again, each on its own, and outlives the services they need."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from system.upkeep.outages import Outages

Job = Callable[[], Awaitable[object]]
RETRY_SECONDS = 1.0


class Rounds:
    """The rounds of one process, until they are stopped; one job's trouble is not another's."""

    def __init__(self) -> None:
        self._stopping = asyncio.Event()
        self._outages = Outages()

    async def repeat(self, name: str, job: Job, every: float) -> None:
        """Run a job, wait `every` seconds and run it again; where it fails, try again soon."""
        while not self._stopping.is_set():
            done = await self._try(name, job)
            await self._pause(every if done else RETRY_SECONDS)

    def stop(self) -> None:
        """Let every job come to its end and start none again."""
        self._stopping.set()

    async def _try(self, name: str, job: Job) -> bool:
        try:
            await job()
        except Exception as error:  # noqa: BLE001 (whatever it is, it is said, and the other jobs go on)
            self._outages.failed(name, error)
            return False
        self._outages.worked(name)
        return True

    async def _pause(self, seconds: float) -> None:
        if seconds > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), seconds)
