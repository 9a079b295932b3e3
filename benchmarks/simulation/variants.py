"""The system as it is, and the same with one mistake: the simulation must find each of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from benchmarks.simulation.markers import MarkerQueue
from system.queues.memory import MemoryQueue
from system.queues.protocol import Grant
from system.tasks.outcome import Settlement
from system.tasks.task import Claim
from system.worker.clock import Clock


@dataclass(frozen=True, slots=True)
class Variant:
    """Which queue there is, and by which clock the workers go."""

    queue: Callable[..., MemoryQueue] | None = None
    """Instead of the one that the scenario says."""
    worker_clock: Callable[[Clock], Clock] = lambda clock: clock


class Unfenced(MemoryQueue):
    """Takes an outcome from whoever brings it: a late one is settled under the newest lease."""

    def __init__(self, *, lease_seconds: float, clock: Clock) -> None:
        super().__init__(lease_seconds=lease_seconds, clock=clock)
        self._newest: dict[str, Claim] = {}

    async def claim(self, worker: str, queues: Sequence[str], limit: int) -> Grant:
        """Claim, and remember who has what."""
        grant = await super().claim(worker, queues, limit)
        self._newest |= {claim.task.id: claim for claim in grant.claims}
        return grant

    async def finish(self, settlements: Sequence[Settlement]) -> list[bool]:
        """Settle, whoever asks."""
        return await super().finish([replace(each, claim=self._newest[each.claim.task.id]) for each in settlements])


class Endless(MemoryQueue):
    """Claims without a lease that ends: what a killed worker held never comes back."""

    def __init__(self, *, lease_seconds: float, clock: Clock) -> None:
        super().__init__(lease_seconds=1e6 * lease_seconds, clock=clock)


class Hasty(MemoryQueue):
    """Ends leases when half of their time is over."""

    def __init__(self, *, lease_seconds: float, clock: Clock) -> None:
        super().__init__(lease_seconds=lease_seconds / 2, clock=clock)


class Dropping(MemoryQueue):
    """Hands out tasks that do not reach the worker: only the first of each claim does."""

    async def claim(self, worker: str, queues: Sequence[str], limit: int) -> Grant:
        """Claim, and drop the rest."""
        grant = await super().claim(worker, queues, limit)
        return replace(grant, claims=grant.claims[:1])


class Undead(MemoryQueue):
    """Lets one task of each larger batch of outcomes wait again though it is over."""

    async def finish(self, settlements: Sequence[Settlement]) -> list[bool]:
        """Settle, and put the last one again."""
        answers = await super().finish(settlements)
        if len(settlements) > 1:
            await self.put([settlements[-1].claim.task])
        return answers


class Repeating(MemoryQueue):
    """Serves a worker that settles everything twice."""

    async def finish(self, settlements: Sequence[Settlement]) -> list[bool]:
        """Settle, and settle again."""
        await super().finish(settlements)
        return await super().finish(settlements)


class Burning(MemoryQueue):
    """Serves a worker that never gives anything back: it keeps it until the lease ends."""

    async def release(self, claims: Sequence[Claim], seconds: float | Sequence[float] = 0.0) -> None:
        """Do nothing."""


class Deaf(MemoryQueue):
    """Wakes nobody: who sleeps sleeps on."""

    async def wait(self, queues: Sequence[str], seconds: float) -> None:  # noqa: ARG002 (it is deaf)
        """Sleep, whatever happens."""
        await asyncio.sleep(seconds)


class Unarmed(MarkerQueue):
    """Wakes one worker for many tasks, and leaves it at that."""

    async def arm_again(self, queues: Iterable[str]) -> None:
        """Do nothing."""


class Soothing(MemoryQueue):
    """Tells every worker that its leases go on, also those that ended."""

    async def renew(self, claims: Sequence[Claim]) -> list[bool]:
        """Renew, and tell no bad news."""
        return [True for _ in await super().renew(claims)]


def slow(clock: Clock) -> Clock:
    """Lose half of the time: a worker that goes by this stops too late."""
    return lambda: clock() / 2


RIGHT = Variant()
WRONG = {
    "unfenced": Variant(queue=Unfenced),
    "endless": Variant(queue=Endless),
    "hasty": Variant(queue=Hasty),
    "dropping": Variant(queue=Dropping),
    "undead": Variant(queue=Undead),
    "repeating": Variant(queue=Repeating),
    "burning": Variant(queue=Burning),
    "deaf": Variant(queue=Deaf),
    "unarmed": Variant(queue=Unarmed),
    "soothing": Variant(queue=Soothing),
    "slow-clock": Variant(worker_clock=slow),
}
ALL = {"right": RIGHT, **WRONG}
