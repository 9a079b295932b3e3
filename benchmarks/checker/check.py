"""The checker: Jepsen's total-queue, and what TaskLab promises beyond it, applied to one history.

attempted   every task that clients tried to submit         ok          came to an end
acknowledged   of these, a client was told "accepted"       lost        acknowledged, never came to an end
recovered   no answer for the client, came to an end        unexpected  ran, never attempted (or refused)
acknowledged + recovered = ok + lost, always. Lost and unexpected must be empty. Duplicates are what at-least-once
delivery means; but in a queue with leases each one must have a cause. A task has one terminal state, under its newest
token; nothing stays in Redis; a dead worker's task goes on within lease + 1 s.
"""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.checker.duplicates import duplicates, takeovers
from benchmarks.checker.faults import Faults
from benchmarks.checker.history import History
from benchmarks.checker.record import results_under_old_token, several_terminal_states
from benchmarks.checker.report import Report
from benchmarks.checker.tasks import Tasks


def check(history: History) -> Report:
    """Judge a history."""
    tasks, faults = Tasks(history), Faults(history.faults)
    known = tasks.acknowledged | tasks.possible
    return Report(
        attempted=len(tasks.attempted),
        acknowledged=len(tasks.acknowledged),
        ok=len(known & tasks.over),
        lost=_ids(tasks.acknowledged - tasks.over),
        unexpected=_ids(tasks.seen - known),
        recovered=_ids(tasks.possible & tasks.over),
        duplicates=tuple(duplicates(tasks, faults)),
        takeovers=tuple(takeovers(tasks, faults, history.lease_seconds)),
        several_terminal_states=_ids(several_terminal_states(tasks, faults)),
        result_under_old_token=_ids(results_under_old_token(tasks, faults)),
        left_in_redis=_ids(history.leftovers),
        refused_late=len(history.refusals),
        kills=len(faults.kills),
        drained=history.drained,
        lease_seconds=history.lease_seconds,
    )


def _ids(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(ids)))
