"""The checker's verdict on a trial, and its counts by name."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.checker import Report, Verdict


def counts(report: Report, accepted_twice: Sequence[str]) -> dict[str, int]:
    """Name what was counted; all is tasks."""
    return {
        "attempted": report.attempted,
        "acknowledged": report.acknowledged,
        "ok": report.ok,
        "recovered": len(report.recovered),
        "lost": len(report.lost),
        "unexpected": len(report.unexpected),
        "accepted twice": len(accepted_twice),
        "duplicated, explained": len(report.duplicated_explained),
        "duplicated, unexplained": len(report.duplicated_unexplained),
        "late finishes refused": report.refused_late,
        "several terminal states": len(report.several_terminal_states),
        "result under an old token": len(report.result_under_old_token),
        "left in Redis": len(report.left_in_redis),
        "taken over late": len(report.late_takeovers),
    }


def verdict(report: Report, accepted_twice: Sequence[str], trouble: str) -> Verdict:
    """Add to the checker's verdict what it can't know; `trouble` is what ended the load early, if anything."""
    if accepted_twice:
        return Verdict.INVALID
    return Verdict.UNKNOWN if trouble and report.verdict is Verdict.VALID else report.verdict
