"""A task, from the moment it is accepted to the moment it is over."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

DEFAULT_QUEUE = "default"
DEFAULT_PRIORITY = 5
DEFAULT_MAX_ATTEMPTS = 5
PRIORITIES = range(10)  # a higher number goes first
SPARE_DELIVERIES = 3  # how often a task may take its worker down beyond its attempts


class Status(StrEnum):
    """Where a task stands; the README draws how one leads to another."""

    SCHEDULED = "scheduled"
    QUEUED = "queued"
    RUNNING = "running"
    RETRYING = "retrying"
    SUCCEEDED = "succeeded"
    DEAD = "dead"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to the task by itself."""
        return self in OVER


OVER = frozenset({Status.SUCCEEDED, Status.DEAD, Status.CANCELLED})
OPEN = frozenset(Status) - OVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The part of a task that travels through a queue: what its worker needs to run it.

    Times are milliseconds since 1970 (UTC), durations are seconds.
    """

    id: str
    type: str
    payload: dict[str, Any] = field(default_factory=dict)
    queue: str = DEFAULT_QUEUE
    priority: int = DEFAULT_PRIORITY
    max_attempts: int = DEFAULT_MAX_ATTEMPTS
    timeout: float | None = None
    created_at: int
    run_at: int
    failures: int = 0
    """Attempts that ended in failure. Being killed or given back is no failure."""
    deliveries: int = 0
    """Times the task was handed out before it was put; only a rebuilt queue starts above 0."""
    owner: str | None = None
    """Name of the API key that submitted the task."""

    @property
    def delivery_limit(self) -> int:
        """Deliveries after which the task is taken for one that kills its workers."""
        return self.max_attempts + SPARE_DELIVERIES


@dataclass(frozen=True, slots=True)
class Claim:
    """A task in one worker's hands, until its lease ends."""

    task: Task
    token: str
    """The fence: `number:worker`; the number rises with every claim, so an old holder is told apart."""
    delivery: int
    """1 when the task is handed out for the first time."""
