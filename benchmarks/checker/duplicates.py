"""Runs that repeat an earlier one: which fault accounts for each, and how long a dead worker's task waited for it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from benchmarks.checker.faults import Faults
from benchmarks.checker.history import Outcome, Run
from benchmarks.checker.report import Duplicate, Takeover
from benchmarks.checker.tasks import ORDERED, SETTLED, Tasks

LEASE_END = "lease end"
TAKEOVER_SPARE_SECONDS = 1.0


def duplicates(tasks: Tasks, faults: Faults) -> Iterator[Duplicate]:
    """Find every run that followed an earlier one of its task without the queue having ordered it."""
    for earlier, later in _repeats(tasks):
        yield Duplicate(later.task_id, later.started_at, _cause(earlier, later, faults))


def takeovers(tasks: Tasks, faults: Faults, lease_seconds: float | None) -> Iterator[Takeover]:
    """Measure, for each run that a kill or its lease's end cut short, how long its task waited for the next one.

    It is late when the task was not free again within lease + 1 s and nothing else was broken meanwhile. Where the
    record says when it was, being busy with others is no fault; where it does not, the next run tells.
    """
    for earlier, later in _repeats(tasks):
        since = _cut_short(earlier, later, faults)
        if since is None:
            continue
        free_at = max(since, _free_at(earlier, later))
        seconds, free_seconds = (max(0, at - since) / 1000 for at in (later.started_at, free_at))
        excused = faults.hindered(since, free_at) or faults.forgot(earlier.started_at, free_at) is not None
        late = lease_seconds is not None and free_seconds > lease_seconds + TAKEOVER_SPARE_SECONDS and not excused
        yield Takeover(later.task_id, earlier.worker, seconds, free_seconds, late=late, excused=excused)


def _repeats(tasks: Tasks) -> Iterator[tuple[Run, Run]]:
    for runs in tasks.runs.values():
        for earlier, later in pairwise(runs):
            if not (earlier.outcome in ORDERED and _ended_before(earlier, later)):
                yield earlier, later


def _cause(earlier: Run, later: Run, faults: Faults) -> str | None:
    if earlier.outcome in SETTLED:  # only a queue that forgot it may hand the task out again
        if earlier.ended_at is None or earlier.ended_at > later.started_at:
            return None
        fault = faults.forgot_end(earlier.ended_at, later.started_at)
        return fault.kind if fault else None
    fault = faults.struck(earlier.worker, earlier.started_at, later.started_at)
    fault = fault or faults.forgot(earlier.started_at, later.started_at)
    if fault is None and earlier.outcome is Outcome.EXPIRED and _ended_before(earlier, later):
        return LEASE_END
    return fault.kind if fault else None


def _cut_short(earlier: Run, later: Run, faults: Faults) -> int | None:
    if earlier.outcome not in {None, Outcome.EXPIRED}:
        return None
    ended_at = _free_at(earlier, later)
    kill = faults.kill_of(earlier, ended_at)
    if kill is not None:
        return kill.at
    return ended_at if earlier.outcome is Outcome.EXPIRED else None


def _free_at(earlier: Run, later: Run) -> int:
    return later.started_at if earlier.ended_at is None else min(earlier.ended_at, later.started_at)


def _ended_before(earlier: Run, later: Run) -> bool:
    return earlier.ended_at is not None and earlier.ended_at <= later.started_at
