"""One figure of one point in two runs: what changed, and whether that is more than noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from benchmarks.analysis.bootstrap import FEWEST, Interval, ratio
from benchmarks.analysis.metrics import Metric


class Change(StrEnum):
    """What became of a point."""

    REGRESSION = "regression"
    IMPROVEMENT = "improvement"
    NOISE = "noise"
    INCOMPARABLE = "incomparable"


@dataclass(frozen=True, slots=True)
class Point:
    """One figure of one point in both runs."""

    point: str
    metric: str
    unit: str
    before: float | None
    """Median of the first run's trials; None: it has none."""
    after: float | None
    ratio: Interval | None
    """after / before, with its 95 % interval; None where they can't be compared."""
    noise: float | None
    """The difference, as a share, that two equal trials typically have; None: no two were equal."""
    verdict: Change
    reason: str
    """Why, in words."""


def judge(
    point: str,
    metric: Metric,
    before: Sequence[float],
    after: Sequence[float],
    *,
    noise: float | None,
    reason: str,
    seed: int,
) -> Point:
    """Judge a figure's values of both runs, one a trial; a reason that is given says why they can't be compared."""
    first, second = (float(median(values)) if values else None for values in (before, after))
    reason = reason or _too_few(before, after, noise)
    if reason or noise is None:
        return Point(point, metric.name, metric.unit, first, second, None, noise, Change.INCOMPARABLE, reason)
    found = ratio(before, after, seed=seed)
    verdict, reason = _verdict(found, noise, more_is_better=metric.more_is_better)
    return Point(point, metric.name, metric.unit, first, second, found, noise, verdict, reason)


def _too_few(before: Sequence[float], after: Sequence[float], noise: float | None) -> str:
    if min(len(before), len(after)) < FEWEST:
        return f"{len(before)} and {len(after)} trials: no interval under {FEWEST} a side"
    if min(*before, *after) <= 0:
        return "a trial without any throughput or time: no ratio"
    return "" if noise is not None else "no two equal trials: what is noise is unknown"


def _verdict(found: Interval, noise: float, *, more_is_better: bool) -> tuple[Change, str]:
    difference = max(found.middle, 1 / found.middle) - 1
    if not found.excludes(1.0):
        return Change.NOISE, "the interval holds no change"
    if difference <= noise:
        return Change.NOISE, f"{difference:.1%} is no more than the {noise:.1%} that equal trials typically differ by"
    better = (found.middle > 1) == more_is_better
    reason = f"the interval excludes no change, and {difference:.1%} is over the {noise:.1%} of equal trials"
    return (Change.IMPROVEMENT if better else Change.REGRESSION), reason
