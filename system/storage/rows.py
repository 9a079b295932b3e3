"""The record's rows as values: what is read from SQL and written to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import orjson

from system.tasks.task import Status, Task

Dispatch = Literal["queued", "deferred"]
Outcome = Literal["succeeded", "failed", "lease_expired", "released", "cancelled"]
STATUS = 3  # its place among the columns


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One row of `tasks`, its columns in the table's order."""

    id: str
    type: str
    queue: str
    status: Status
    priority: int
    payload: str
    """JSON text."""
    attempts: int
    """Deliveries that were begun and not given back."""
    failures: int
    max_attempts: int
    timeout: float | None
    result: str | None
    """JSON text."""
    error: str | None
    created_at: int
    run_at: int
    started_at: int | None
    finished_at: int | None
    worker: str | None
    """The last one that had the task."""
    dispatch: Dispatch
    """`deferred` while the task waits in SQL alone because the queue could not be reached."""
    owner: str
    """"" where the task belongs to no API key."""
    idempotency_key: str | None
    fingerprint: str | None
    """What the same idempotency key must come with again."""
    reason: str | None
    """What it died of, while it is dead; see tasks.outcome.Reason."""
    requeues: int
    """How often it was brought back from the dead."""
    progress: str | None
    """JSON text: how far its last attempt said it is: done, text, attempt, at (ms)."""

    @classmethod
    def of(cls, row: Sequence[Any]) -> Self:
        """Read a row of the table."""
        values: list[Any] = [*row]
        values[STATUS] = Status(values[STATUS])
        return cls(*values)

    def to_task(self) -> Task:
        """Return the part of it that travels through a queue."""
        return Task(
            id=self.id,
            type=self.type,
            payload=orjson.loads(self.payload),
            queue=self.queue,
            priority=self.priority,
            max_attempts=self.max_attempts,
            timeout=self.timeout,
            created_at=self.created_at,
            run_at=self.run_at,
            failures=self.failures,
            deliveries=self.attempts,
            owner=self.owner or None,
        )


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One row of `attempts`: a task in one worker's hands. Its columns are in the table's order."""

    task_id: str
    token: str
    attempt: int
    """The delivery's number; a task that was requeued begins with 1 again."""
    worker: str | None
    claimed_at: int | None
    started_at: int | None
    finished_at: int | None
    outcome: Outcome | None
    """None while it lasts."""
    error: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the record says of all tasks it holds; every field is a count."""

    accepted: int
    succeeded: int
    dead: int
    cancelled: int
    open: int
    attempts: int
    killed: int
    """Attempts whose lease ended without a word from their worker."""
    double_successes: int
    """Attempts that succeeded after another one of the same task had."""


def task_row(
    task: Task, *, status: Status, idempotency_key: str | None = None, fingerprint: str | None = None
) -> TaskRow:
    """Make the row of a task that has just been accepted."""
    return TaskRow(
        id=task.id,
        type=task.type,
        queue=task.queue,
        status=status,
        priority=task.priority,
        payload=orjson.dumps(task.payload).decode(),
        attempts=task.deliveries,
        failures=task.failures,
        max_attempts=task.max_attempts,
        timeout=task.timeout,
        result=None,
        error=None,
        created_at=task.created_at,
        run_at=task.run_at,
        started_at=None,
        finished_at=None,
        worker=None,
        dispatch="queued",
        owner=task.owner or "",
        idempotency_key=idempotency_key,
        fingerprint=fingerprint,
        reason=None,
        requeues=0,
        progress=None,
    )
