"""The highest rate that a system kept up with, out of trials at several rates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.records import TrialRecord


@dataclass(frozen=True, slots=True)
class Knee:
    """Tasks a second; None: there was no such rate among those that were tried."""

    sustained: float | None
    exceeded: float | None
    """The lowest one that was too much."""

    @property
    def words(self) -> str:
        """What was found."""
        if self.sustained is None:
            return f"none of the rates was sustained, the lowest was {self.exceeded:g} tasks/s"
        beyond = "and none was too much" if self.exceeded is None else f"{self.exceeded:g} was too much"
        return f"highest sustained rate {self.sustained:g} tasks/s, {beyond}"


def knee(trials: Sequence[TrialRecord]) -> Knee | None:
    """Find it; None where there were not several rates. A rate counts if more than half of its trials kept up."""
    kept: defaultdict[float, list[bool]] = defaultdict(list)
    for trial in trials:
        if trial.rate is not None and trial.kept_up is not None:
            kept[trial.rate].append(trial.kept_up and not trial.missed)
    if len(kept) < 2:  # noqa: PLR2004 (one rate has no neighbour)
        return None
    sustained = None
    for rate in sorted(kept):
        if 2 * sum(kept[rate]) <= len(kept[rate]):
            return Knee(sustained, rate)
        sustained = rate
    return Knee(sustained, None)
