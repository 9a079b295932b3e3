"""What happened to tasks: the one history that the record, the live page and the checker read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from system.tasks.task import Task


class Kind(StrEnum):
    """What happened to one task."""

    QUEUED = "queued"  # waits to be claimed; `task` is set when SQL has not seen it (accept=redis)
    SCHEDULED = "scheduled"  # waits for its time
    CLAIMED = "claimed"  # handed to a worker under a lease
    PROGRESS = "progress"  # its worker says how far it is
    SUCCEEDED = "succeeded"
    RETRYING = "retrying"  # failed, will run again at `run_at`
    DEAD = "dead"  # failed for good, or delivered too often
    CANCELLED = "cancelled"
    EXPIRED = "expired"  # the lease ended without a word from its worker
    RELEASED = "released"  # given back unrun
    REFUSED = "refused"  # a late finish under a token that no longer holds


class Event(NamedTuple):
    """One thing that happened to one task; times are milliseconds of the queue server's clock.

    A tuple, because a frozen dataclass of so many fields takes three times as long to make; recorders make millions.
    """

    kind: Kind
    at: int
    queue: str
    task_id: str
    token: str | None = None
    delivery: int = 0
    started_at: int | None = None
    finished_at: int | None = None
    result: str | None = None
    error: str | None = None
    run_at: int | None = None
    failures: int | None = None
    task: Task | None = None
    reason: str | None = None
    """What it died of; see tasks.outcome.Reason."""
    done: float | None = None
    text: str | None = None
    """How far it is; see tasks.context.Report."""

    @property
    def worker(self) -> str | None:
        """Id of the worker the event is about."""
        return self.token.partition(":")[2] if self.token else None


@dataclass(frozen=True, slots=True)
class Batch:
    """The events of one call on a queue, which all happened at once, and their place in the history."""

    position: str
    events: tuple[Event, ...]
