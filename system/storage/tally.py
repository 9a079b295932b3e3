"""Counts what one helping of history comes to: ends, failures, lease ends, and how long tasks waited and ran.

Redis can be rewound, and then the same history comes again. So each thing is counted by what it changes: an end counts
where the task was not over, a failure where it is one more, a lease's end where the task was running under it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from system.policies.histogram import bucket_of
from system.storage.counters import Count, Name
from system.storage.fold import AttemptChange, Fold, TaskChange
from system.tasks.task import OVER, Status

ENDS: dict[str, Name] = {Status.SUCCEEDED: "succeeded", Status.DEAD: "dead", Status.CANCELLED: "cancelled"}


class Known(NamedTuple):
    """What SQL holds of a task that something happened to."""

    status: str
    failures: int
    run_at: int
    dispatch: str
    type: str
    attempts: int


class Tally:
    """What was counted so far, by name and type; durations in ms. Much of the recorder's time is spent here."""

    def __init__(self) -> None:
        self.counted: Counter[tuple[Name, str]] = Counter()
        self.waits: defaultdict[str, list[int]] = defaultdict(list)
        self.runs: defaultdict[str, list[int]] = defaultdict(list)

    def ends(self, changes: Iterable[TaskChange], known: Mapping[str, Known]) -> None:
        """Count the tasks that are over now."""
        ended = [(known[one.id].type, one.status) for one in changes if one.finished_at is not None]
        for (type, status), count in Counter(ended).items():
            self.counted[ENDS[status], type] += count

    def attempts(self, attempts: Iterable[AttemptChange], known: Mapping[str, Known]) -> None:
        """Count the attempts that came to an end."""
        for one in attempts:
            now = known.get(one.task_id)
            if one.outcome is None or now is None or now.status in OVER:
                continue
            if one.outcome == "succeeded" or (one.outcome == "failed" and self._failed(one, now)):
                self._time(one, now)
            elif one.outcome == "lease_expired" and _held(one, now):
                self.counted["expired", now.type] += 1

    def counts(self) -> list[Count]:
        """Return all of it, sorted."""
        found = [Count(name, type, 0, count) for (name, type), count in self.counted.items()]
        for type, durations in self.runs.items():
            found += _histogram("run", "run_ms", type, durations)
        for type, durations in self.waits.items():
            found += _histogram("wait", "wait_ms", type, durations)
        return sorted(found)

    def _failed(self, attempt: AttemptChange, now: Known) -> bool:
        if attempt.failures is not None and attempt.failures <= now.failures:
            return False
        self.counted["failed", now.type] += 1
        if attempt.retried:
            self.counted["retried", now.type] += 1
        return True

    def _time(self, attempt: AttemptChange, now: Known) -> None:
        started_at, finished_at = attempt.started_at, attempt.finished_at
        if started_at is None or finished_at is None:
            return
        self.runs[now.type].append(finished_at - started_at)
        before = now.failures if attempt.failed_before is None else attempt.failed_before
        if attempt.attempt == before + 1:  # else a worker died with the task: that says nothing of waiting
            self.waits[now.type].append(started_at - (now.run_at if attempt.due is None else attempt.due))


def tally(fold: Fold, changes: Iterable[TaskChange], known: Mapping[str, Known]) -> list[Count]:
    """Count a helping; `changes` are what changes something, `known` is how it was before."""
    tally = Tally()
    tally.ends(changes, known)
    tally.attempts(fold.attempts.values(), known)
    if fold.refused:
        tally.counted["refused", ""] = fold.refused
    return tally.counts()


def _held(attempt: AttemptChange, now: Known) -> bool:
    if attempt.attempt == now.attempts:
        return now.status == Status.RUNNING
    return attempt.attempt > now.attempts


def _histogram(name: Name, total: Name, type: str, durations: list[int]) -> list[Count]:
    # A clock that is ahead of the server's makes waits below zero.
    buckets = Counter(map(bucket_of, durations))
    whole = sum(duration for duration in durations if duration > 0)
    return [Count(total, type, 0, whole), *(Count(name, type, bucket, count) for bucket, count in buckets.items())]
