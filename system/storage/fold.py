"""Folds what happened into what it comes to: one change a task, one row an attempt. No I/O happens here.

A queued task that is claimed and done within one helping of history costs one write instead of three. Folding the same
history twice, as happens after Redis was rewound, comes to the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import orjson

from system.storage.rows import Outcome
from system.tasks.events import Batch, Event, Kind
from system.tasks.task import Status, Task


@dataclass(slots=True)
class TaskChange:
    """What becomes of one task; None leaves a column as it is."""

    id: str
    status: Status
    attempts: int | None = None
    failures: int | None = None
    run_at: int | None = None
    started_at: int | None = None
    finished_at: int | None = None
    worker: str | None = None
    result: str | None = None
    error: str | None = None
    reason: str | None = None
    progress: str | None = None
    """JSON text: done, text, attempt, at."""
    task: Task | None = None
    """The task itself, where SQL may not have seen it."""
    claimed: bool = False
    """Whether a worker had it: then there is more to write than where it waits."""


@dataclass(slots=True)
class AttemptChange:
    """What becomes of one attempt; None leaves a column as it is."""

    task_id: str
    token: str
    attempt: int
    worker: str | None
    claimed_at: int | None = None
    started_at: int | None = None
    finished_at: int | None = None
    outcome: Outcome | None = None
    error: str | None = None
    # What the counters need to know (tally.py), and the table does not have:
    due: int | None = None
    """Since when it could have been claimed; None: since the row's `run_at`."""
    failures: int | None = None
    """Of its task, after it failed."""
    failed_before: int | None = None
    """Failures of its task before it; None: those of the row."""
    retried: bool = False


class Fold:
    """The changes of any number of batches, in the order in which they happened."""

    def __init__(self, batches: Iterable[Batch]) -> None:
        self.tasks: dict[str, TaskChange] = {}
        self.attempts: dict[tuple[str, str], AttemptChange] = {}
        self.refused = 0
        for batch in batches:
            for event in batch.events:
                APPLY[event.kind](self, event)

    def refuse(self, _event: Event) -> None:
        """Somebody else answers for the task: nothing became of it here."""
        self.refused += 1

    def queued(self, event: Event) -> None:
        """It waits: put, promoted, taken back or given back."""
        change = self._task(event, Status.QUEUED)
        if event.task is not None:
            change.task = event.task

    def scheduled(self, event: Event) -> None:
        """It waits for its time."""
        change = self._task(event, Status.SCHEDULED)
        change.run_at = event.run_at
        if event.task is not None:
            change.task = event.task

    def claimed(self, event: Event) -> None:
        """A worker has it; that it starts now is as good as known, and set right when it ends."""
        change = self._task(event, Status.RUNNING)
        attempt = self._attempt(event)
        change.worker = attempt.worker if attempt else None
        self._claim(change, event)
        change.started_at = event.at
        if attempt:
            attempt.claimed_at = event.at

    def progress(self, event: Event) -> None:
        """Its worker says how far it is."""
        change = self._task(event, Status.RUNNING)
        told = {"done": event.done, "text": storable(event.text), "attempt": event.delivery, "at": event.at}
        change.progress = orjson.dumps(told).decode()

    def succeeded(self, event: Event) -> None:
        """It is done."""
        change = self._task(event, Status.SUCCEEDED)
        self._claim(change, event)
        change.result = storable(event.result)
        change.finished_at = event.finished_at or event.at
        self._close(event, "succeeded", change)

    def retrying(self, event: Event) -> None:
        """It failed and waits for its next attempt."""
        change = self._task(event, Status.RETRYING)
        self._claim(change, event)
        if attempt := self._close(event, "failed", change):
            attempt.retried = True
        change.failures, change.run_at, change.error = event.failures, event.run_at, storable(event.error)

    def dead(self, event: Event) -> None:
        """It failed for good, or took too many workers down: then nobody knows when the last attempt began."""
        change = self._task(event, Status.DEAD)
        self._claim(change, event)
        self._close(event, "failed" if event.started_at is not None else "lease_expired", change)
        change.failures, change.error = event.failures, storable(event.error)
        change.reason = event.reason
        change.finished_at = event.finished_at or event.at

    def cancelled(self, event: Event) -> None:
        """Somebody took it out."""
        self._task(event, Status.CANCELLED).finished_at = event.at
        self._close(event, "cancelled")

    def expired(self, event: Event) -> None:
        """Its worker fell silent."""
        self._task(event, Status.QUEUED).claimed = True
        self._close(event, "lease_expired")

    def released(self, event: Event) -> None:
        """Its worker gave it back unrun: that delivery does not count."""
        change = self._task(event, Status.QUEUED)
        change.claimed = True
        change.attempts = event.delivery - 1
        self._close(event, "released")

    def _task(self, event: Event, status: Status) -> TaskChange:
        change = self.tasks.get(event.task_id)
        if change is None:
            change = self.tasks[event.task_id] = TaskChange(event.task_id, status)
        elif change.finished_at is None:
            change.status = status
        else:
            return TaskChange(event.task_id, status)  # it is over: what comes later changes nothing, and is dropped
        return change

    def _claim(self, change: TaskChange, event: Event) -> None:
        change.claimed = True
        change.worker = change.worker or event.worker
        change.attempts = event.delivery
        change.started_at = event.started_at or change.started_at

    def _attempt(self, event: Event) -> AttemptChange | None:
        if event.token is None:
            return None
        key = (event.task_id, event.token)
        attempt = self.attempts.get(key)
        if attempt is None:
            attempt = AttemptChange(event.task_id, event.token, event.delivery, event.worker)
            self.attempts[key] = attempt
        return attempt

    def _close(self, event: Event, outcome: Outcome, change: TaskChange | None = None) -> AttemptChange | None:
        attempt = self._attempt(event)
        if attempt is not None:
            attempt.started_at = event.started_at
            attempt.finished_at = event.finished_at or event.at
            attempt.outcome = outcome
            attempt.error = storable(event.error)
            if event.failures is not None:
                attempt.failures = event.failures
            if change is not None and change.failures is not None:  # it failed before, in the same helping
                attempt.due, attempt.failed_before = change.run_at, change.failures
        return attempt


APPLY: dict[Kind, Callable[[Fold, Event], None]] = {
    Kind.QUEUED: Fold.queued,
    Kind.SCHEDULED: Fold.scheduled,
    Kind.CLAIMED: Fold.claimed,
    Kind.PROGRESS: Fold.progress,
    Kind.SUCCEEDED: Fold.succeeded,
    Kind.RETRYING: Fold.retrying,
    Kind.DEAD: Fold.dead,
    Kind.CANCELLED: Fold.cancelled,
    Kind.EXPIRED: Fold.expired,
    Kind.RELEASED: Fold.released,
    Kind.REFUSED: Fold.refuse,
}


def storable(text: str | None) -> str | None:
    """Replace what can't be stored as text, and which an error may hold: NUL and halves of surrogate pairs."""
    if text is None or (text.isascii() and "\0" not in text):
        return text
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")
