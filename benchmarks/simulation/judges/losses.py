"""The checker's promises: nothing lost, one end for each task, none under an old token, nothing left behind."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.checker import check
from benchmarks.simulation.evidence import Evidence, history


def judge(evidence: Evidence) -> Iterator[str]:
    """Ask the checker. Late takeovers are left out: it can't know that all workers were busy (see promptness.py)."""
    report = check(history(evidence))
    if not report.drained:
        yield "the system did not come to rest"
    found = {
        "lost": report.lost,
        "unexpected": report.unexpected,
        "several terminal states": report.several_terminal_states,
        "result under an old token": report.result_under_old_token,
        "left in the queue": report.left_in_redis,
        "ran twice without a cause": tuple(each.task_id for each in report.duplicated_unexplained),
    }
    for what, ids in found.items():
        if ids:
            yield f"{what}: {', '.join(ids)}"
