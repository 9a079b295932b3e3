"""Whether an open-loop run was in balance: a backlog that does not grow, and records that agree with Little's law."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.analysis import littles_law, stability
from benchmarks.analysis.bootstrap import NoValues
from benchmarks.records import TaskRecord, TrialRecord
from benchmarks.report.evidence import OPEN, Evidence


def growing(evidence: Evidence) -> dict[str, str] | None:
    """Return in words how the backlog grows, by point, where it does; None without scheduled load."""
    found: dict[str, str] = {}
    known = False
    for trial, tasks in _scheduled(evidence):
        try:
            trend = stability.check(tasks, trial.measured_s)
        except NoValues:
            continue
        known = True
        if not trend.stable:
            found[trial.point] = trend.words
    return found if known else None


def little(evidence: Evidence) -> float | None:
    """Return the ratio of both sides of Little's law that lies furthest from 1; None without scheduled load."""
    ratios = []
    for trial, tasks in _scheduled(evidence):
        try:
            ratios.append(littles_law.check(tasks, trial.measured_s).ratio)
        except NoValues:
            continue
    return max(ratios, key=lambda ratio: abs(ratio - 1), default=None)


def _scheduled(evidence: Evidence) -> Iterator[tuple[TrialRecord, list[TaskRecord]]]:
    for trial in evidence.trials:
        if trial.arrivals in OPEN and trial.verdict != "invalid":  # a lost task would stay in the system for ever
            yield trial, evidence.of(evidence.tasks, [trial])
