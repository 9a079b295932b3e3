"""What the record of ends must never show: two terminal states of one task, a result under an old token."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from benchmarks.checker.faults import Faults
from benchmarks.checker.history import End
from benchmarks.checker.tasks import Tasks, fence


def several_terminal_states(tasks: Tasks, faults: Faults) -> Iterator[str]:
    """Find tasks that ended twice, though Redis had no occasion to forget the first end."""
    for task_id, ends in tasks.ends.items():
        if any(faults.forgot_end(first.at, second.at) is None for first, second in pairwise(ends)):
            yield task_id


def results_under_old_token(tasks: Tasks, faults: Faults) -> Iterator[str]:
    """Find tasks that ended under a token though a newer one had been given out."""
    for task_id, ends in tasks.ends.items():
        if any(_is_old(end, tasks, faults) for end in ends):
            yield task_id


def _is_old(end: End, tasks: Tasks, faults: Faults) -> bool:
    own = fence(end.token)
    if own is None:
        return False
    newer = (run for run in tasks.runs[end.task_id] if (fence(run.token) or 0) > own)
    # A run that began later is a mere duplicate where Redis may have forgotten the end; else the end came too late.
    return any(run.started_at <= end.at or faults.forgot_end(end.at, run.started_at) is None for run in newer)
