"""What every queue can do. It speaks of tasks and claims, never of Redis commands.

One queue object serves all named queues of one backend. The verbs and the promises in their docstrings are tried by one
conformance suite, tests/contract/test_queues*.py, on every implementation; where one can't keep a promise, its own
docstring says so and `abilities` leaves it out.

    put ──▶ claim ──▶ finish            the way of a task that goes well
                 ├──▶ renew             the worker is alive and still at it
                 ├──▶ release           the worker gives it back unrun
                 └──▶ (lease ends)      the worker is dead; the next claim takes the task over
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Flag, auto
from typing import Literal, Protocol

from system.queues.breakers import Breakers
from system.tasks.context import Report
from system.tasks.events import Batch
from system.tasks.outcome import Settlement
from system.tasks.task import Claim, Task


class Ability(Flag):
    """What a queue can do beyond first in, first out."""

    NONE = 0
    PRIORITIES = auto()
    SCHEDULING = auto()  # delays, retry pauses
    LEASES = auto()  # a killed worker's task is taken over
    FENCING = auto()  # a late finish is refused
    CANCELLING = auto()
    PAUSING = auto()
    PERSISTENCE = auto()  # survives the process that put the task
    REBUILDING = auto()  # refilled from SQL where the backend lost its data


@dataclass(frozen=True, slots=True)
class Stats:
    """One named queue at one moment; counts of tasks, ages in seconds."""

    ready: int = 0
    leased: int = 0
    scheduled: int = 0
    by_priority: dict[int, int] = field(default_factory=dict)
    oldest_age_seconds: float = 0.0
    paused: bool = False
    finished_1m: int = 0
    failed_1m: int = 0
    """Attempts that failed in the last minute; finished_1m counts the good and the failed ones."""


@dataclass(frozen=True, slots=True)
class Grant:
    """The answer to a claim: the tasks handed out, and when it pays to ask again if there were none."""

    claims: list[Claim]
    retry_in: float | None = None
    """Seconds until the next delayed task or lease end; None where nothing is to come."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a queue one task is."""

    where: Literal["ready", "scheduled", "leased"]
    ahead: int | None = None
    """Of a ready task: how many go before it; None where it is too far back to be worth counting."""
    until_ms: int | None = None
    """When a scheduled one is due, or a lease ends unless it is renewed; ms since 1970."""
    worker: str | None = None
    """Who leases it."""


@dataclass(frozen=True, slots=True)
class Cleanup:
    """What a clean-up found: how many tasks went back to waiting, how many died, which ids the backend forgot."""

    requeued: int = 0
    dead: int = 0
    orphaned: list[str] = field(default_factory=list)
    """Ids whose task is no longer in the backend; only SQL can put them again."""


class Queue(Protocol):
    """A queue backend. Every method raises QueueUnavailable where the backend does not answer."""

    abilities: Ability
    breakers: Breakers
    """The circuit breakers that all its workers share."""

    async def put(self, tasks: Sequence[Task], *, announce: bool = False) -> None:
        """Make tasks wait; one already there is left alone. `announce` carries them whole in the history."""

    async def claim(self, worker: str, queues: Sequence[str], limit: int) -> Grant:
        """Hand out up to `limit` tasks at once, each under a lease; asks the named queues in their order."""

    async def wait(self, queues: Sequence[str], seconds: float) -> None:
        """Sleep until a claim may bring something, at most `seconds`; costs the backend nothing meanwhile."""

    async def finish(self, settlements: Sequence[Settlement]) -> list[bool]:
        """Settle claims. False marks a refused one: its lease had ended, somebody else answers for the task."""

    async def renew(self, claims: Sequence[Claim]) -> list[bool]:
        """Begin the leases anew. False marks a lost one: stop working on it."""

    async def report(self, reports: Sequence[Report]) -> None:
        """Tell in the history how far tasks are; what is not held under its token any more is dropped."""

    async def release(self, claims: Sequence[Claim], seconds: float | Sequence[float] = 0.0) -> None:
        """Give claims back, to run again at the front of their queue or after `seconds` (one for all, or each its own).

        It burns no attempt.
        """

    async def abandon(self, worker: str, queues: Sequence[str]) -> int:
        """End every lease of a worker known to be dead; returns how many. They count as deliveries."""

    async def cancel(self, queue: str, task_id: str) -> bool:
        """Take a task out, waiting or running. False where the queue does not know it (any more)."""

    async def pause(self, queue: str) -> None:
        """Hand out nothing from this queue until resumed."""

    async def resume(self, queue: str) -> None:
        """Undo a pause."""

    async def cleanup(self, queue: str) -> Cleanup:
        """Take back what dead workers hold and promote what is due; every claim does a little of the same."""

    async def check(self, queue: str) -> None:
        """Return where tasks could be put right now; a backend that answers but is full raises QueueUnavailable too."""

    async def find(self, queue: str, task_id: str) -> Place | None:
        """Say where a task is, None where the queue does not hold it; Unsupported where that can't be found out."""

    async def stats(self, queue: str) -> Stats:
        """Count what waits, runs and was finished."""

    async def missing(self, queue: str, task_ids: Sequence[str]) -> list[str]:
        """Return those of `task_ids` that the queue does not hold, neither waiting nor leased."""

    async def history(self, queue: str, after: str, limit: int, seconds: float = 0.0) -> list[Batch]:
        """Read what happened after a position ("0" is the beginning), waiting up to `seconds` for the first."""

    async def tail(self, queue: str) -> str:
        """Return the position of the newest batch, "0" where there is none."""

    async def forget(self, queue: str, until: str) -> None:
        """Drop history up to a position that SQL has recorded; a little of it stays for onlookers."""

    async def epoch(self, queue: str) -> str | None:
        """Return the mark set by `begin_epoch`; None means the backend is new or lost its data."""

    async def begin_epoch(self, queue: str) -> str:
        """Set a new mark and return it."""

    async def close(self) -> None:
        """Let go of connections; the object is of no use afterwards."""
