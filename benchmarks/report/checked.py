"""What the checker counted, summed over trials."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.records import TrialRecord
from benchmarks.report.numbers import NONE


def total(trials: Sequence[TrialRecord], name: str) -> int | None:
    """Sum a count of the checker by its name; None where a trial has none."""
    found = [trial.checked.get(name) for trial in trials]
    if not found or not all(isinstance(count, int) for count in found):
        return None
    return sum(count for count in found if isinstance(count, int))


def counted(trials: Sequence[TrialRecord], name: str) -> str:
    """Write it."""
    count = total(trials, name)
    return NONE if count is None else f"{count:,}"
