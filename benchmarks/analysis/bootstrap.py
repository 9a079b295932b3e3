"""How far a number may be off, told from its repeats alone: bootstrap intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from system.tasks.errors import TaskLabError

Floats = NDArray[np.float64]

FEWEST = 3
"""Two values resample to little but themselves: their interval would hold the true median half of the time."""
RESAMPLES = 4_999
AT_ONCE = 1_000_000  # numbers in memory at a time


class NoValues(TaskLabError):
    """A statistic was asked for of nothing at all."""


class Statistic(Protocol):
    """A function of numpy's kind, as np.median or np.mean: over the given axis of an array."""

    def __call__(self, values: Floats, /, *, axis: int) -> Floats:
        """Return the statistic, with that axis gone."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A value and the interval it may lie in; `low` and `high` are None where too few values can't tell."""

    low: float | None
    middle: float
    high: float | None

    @property
    def known(self) -> bool:
        """Whether there is an interval at all."""
        return self.low is not None and self.high is not None

    def excludes(self, value: float) -> bool:
        """Whether the interval is known and the value lies outside it."""
        return self.low is not None and self.high is not None and not self.low <= value <= self.high


def median(values: Floats, /, *, axis: int) -> Floats:
    """Return np.median, under a signature that has no more than is needed."""
    return np.asarray(np.median(values, axis=axis))


def interval(
    values: Sequence[float], *, statistic: Statistic = median, confidence: float = 0.95, seed: int
) -> Interval:
    """Return the statistic of some values, and its interval; unknown under 3 values. Raises NoValues.

    The percentile method: BCa would correct for skew by leaving out one value at a time, which says nothing about a
    median. No resample leaves the range of the values, so n repeats hold the true median in at most 1 - 2^(1 - n) of
    all cases: 75 % for three, 94 % for five. From six on, 95 % is what it says.
    """
    if not len(values):
        message = "no values, no interval"
        raise NoValues(message)
    data = np.asarray(values, dtype=np.float64)
    middle = float(statistic(data, axis=0))
    if len(data) < FEWEST:
        return Interval(None, middle, None)
    found = stats.bootstrap(
        (data,),
        statistic,
        n_resamples=RESAMPLES,
        batch=max(1, AT_ONCE // len(data)),
        confidence_level=confidence,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(float(found.low), middle, float(found.high))


def ratio(a: Sequence[float], b: Sequence[float], *, seed: int, confidence: float = 0.95) -> Interval:
    """Return median of b / median of a and its interval; unknown with under 3 values on a side. Raises NoValues."""
    if not len(a) or not len(b):
        message = "no values, no ratio"
        raise NoValues(message)
    first, second = (np.asarray(side, dtype=np.float64) for side in (a, b))
    middle = float(_ratio(first, second, axis=0))
    if min(len(a), len(b)) < FEWEST:
        return Interval(None, middle, None)
    found = stats.bootstrap(
        (first, second),
        _ratio,
        n_resamples=RESAMPLES,
        confidence_level=confidence,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(float(found.low), middle, float(found.high))


def _ratio(a: Floats, b: Floats, /, *, axis: int) -> Floats:
    return np.asarray(np.median(b, axis=axis) / np.median(a, axis=axis))
