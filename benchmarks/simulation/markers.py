"""The memory queue with the wake-up calls of the `leases` queue, which are the ones that can go wrong.

In memory a bell wakes all sleepers. In Redis there is one marker for each named queue: whoever makes work arms it, one
sleeper takes it, and its claim arms it again while work remains (claim.lua). A sleeper that takes the marker and dies
takes it along; the others sleep on until their time is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from benchmarks.simulation.network import Remote
from system.queues.memory import Clock, MemoryQueue
from system.queues.protocol import Cleanup, Grant
from system.tasks.errors import QueueUnavailable
from system.tasks.outcome import RetryIn, Settlement
from system.tasks.task import Claim, Task


class MarkerQueue(MemoryQueue):
    """The server's end: a memory queue on which one call wakes one sleeper."""

    def __init__(self, *, lease_seconds: float, clock: Clock) -> None:
        super().__init__(lease_seconds=lease_seconds, clock=clock)
        self._armed: dict[str, None] = {}
        self._sleepers: list[tuple[Sequence[str], asyncio.Future[str]]] = []

    async def take_marker(self, queues: Sequence[str], seconds: float) -> str | None:
        """Take a marker, of the first queue that has one or of the first that gets one; as BZPOPMIN does."""
        for queue in queues:
            if queue in self._armed:
                del self._armed[queue]
                return queue
        sleeper: tuple[Sequence[str], asyncio.Future[str]] = (queues, asyncio.get_running_loop().create_future())
        self._sleepers.append(sleeper)
        try:
            async with asyncio.timeout(seconds):
                return await sleeper[1]
        except TimeoutError:
            return None
        finally:
            self._sleepers.remove(sleeper)

    async def arm(self, queue: str) -> None:
        """Arm a queue's marker."""
        self._arm([queue])

    async def put(self, tasks: Sequence[Task], *, announce: bool = False) -> None:
        """Make tasks wait."""
        await super().put(tasks, announce=announce)
        self._arm(task.queue for task in tasks)

    async def claim(self, worker: str, queues: Sequence[str], limit: int) -> Grant:
        """Hand out tasks; where more are left or to come, somebody else shall look too."""
        grant = await super().claim(worker, queues, limit)
        if grant.claims:
            await self.arm_again(_asked(queues, grant, limit))
        return grant

    async def arm_again(self, queues: Iterable[str]) -> None:
        """Arm the markers of queues in which something waits, or will."""
        for queue in queues:
            stats = await self.stats(queue)
            self._arm([queue] if stats.ready or stats.scheduled else ())

    async def finish(self, settlements: Sequence[Settlement]) -> list[bool]:
        """Settle claims; a sleeper must learn when a retry is due."""
        answers = await super().finish(settlements)
        settled = (each for each, taken in zip(settlements, answers, strict=True) if taken)
        self._arm(each.claim.task.queue for each in settled if isinstance(each.decision, RetryIn))
        return answers

    async def release(self, claims: Sequence[Claim], seconds: float | Sequence[float] = 0.0) -> None:
        """Give claims back."""
        await super().release(claims, seconds)
        self._arm(claim.task.queue for claim in claims)

    async def abandon(self, worker: str, queues: Sequence[str]) -> int:
        """Take back what a dead worker holds."""
        ended = await super().abandon(worker, queues)
        self._arm(queues if ended else ())
        return ended

    async def resume(self, queue: str) -> None:
        """Undo a pause."""
        await super().resume(queue)
        self._arm([queue])

    async def cleanup(self, queue: str) -> Cleanup:
        """Take back and promote."""
        cleanup = await super().cleanup(queue)
        await self.arm_again([queue])
        return cleanup

    def _arm(self, queues: Iterable[str]) -> None:
        for queue in dict.fromkeys(queues):
            takers = (future for wanted, future in self._sleepers if queue in wanted and not future.done())
            taker = next(takers, None)
            if taker is None:
                self._armed[queue] = None
            else:
                taker.set_result(queue)


class MarkerClient:
    """The worker's end: what LeaseQueue does about a marker between `wait` and `claim`."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self._marker: str | None = None

    def __getattr__(self, name: str) -> Any:
        """Leave all the rest to the server."""
        return getattr(self._remote, name)

    async def wait(self, queues: Sequence[str], seconds: float) -> None:
        """Sleep for a marker."""
        self._marker = await self._remote.take_marker(queues, seconds)

    async def claim(self, worker: str, queues: Sequence[str], limit: int) -> Grant:
        """Claim; pass a marker on whose queue was not asked, because those before it had enough."""
        grant: Grant = await self._remote.claim(worker, queues, limit)
        marker, self._marker = self._marker, None
        if marker is not None and marker not in _asked(queues, grant, limit):
            with suppress(QueueUnavailable):
                await self._remote.arm(marker)
        return grant


def _asked(queues: Sequence[str], grant: Grant, limit: int) -> Sequence[str]:
    """Return the queues that a claim asked before it had enough."""
    if len(grant.claims) < limit:
        return queues
    return queues[: 1 + queues.index(grant.claims[-1].task.queue)]
