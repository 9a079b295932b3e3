"""The claims a worker holds, from the grant to the settled outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from system.tasks.task import Claim


class Stop(Enum):
    """Why a claim's run was broken off, which decides what becomes of it."""

    TIMEOUT = auto()  # a failure
    LOST = auto()  # somebody else answers for the task: drop it
    RELEASE = auto()  # shutdown: give it back


@dataclass(slots=True, eq=False)
class Held:
    """One claim in hand; times are seconds of its worker's clock."""

    claim: Claim
    deadline: float
    """When the worker must have stopped, unless it renewed the lease by then: safely before the lease ends."""
    since: float
    """When it was claimed."""
    slot: asyncio.Task[Any] | None = None
    """The slot that runs its handler right now."""
    stopped: Stop | None = None

    def stop(self, why: Stop) -> None:
        """Break off the handler, or see to it that it never starts; the first reason stands."""
        if self.stopped is None:
            self.stopped = why
            if self.slot is not None:
                self.slot.cancel()


class Hand:
    """All claims in hand, by task id. The lease thread takes snapshots; all else happens in the worker's loop."""

    def __init__(self) -> None:
        self._held: dict[str, Held] = {}

    def __len__(self) -> int:
        return len(self._held)

    def take(self, held: Held) -> None:
        """Add a claim. If the task is in hand already, the old lease must have ended: that run is lost."""
        task_id = held.claim.task.id
        older = self._held.get(task_id)
        if older is not None:
            older.stop(Stop.LOST)
        self._held[task_id] = held

    def drop(self, helds: Iterable[Held]) -> None:
        """Let go of claims."""
        for held in helds:
            if self._held.get(held.claim.task.id) is held:
                del self._held[held.claim.task.id]

    def all(self) -> list[Held]:
        """Return a snapshot; copying a dict's values is one step that no other thread can disturb."""
        return list(self._held.values())

    def overdue(self, now: float) -> list[Held]:
        """Return the claims whose deadline has passed."""
        return [held for held in self._held.values() if held.deadline <= now]

    def running(self) -> list[Held]:
        """Return the claims whose handlers run."""
        return [held for held in self._held.values() if held.slot is not None]
