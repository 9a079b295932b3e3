"""The Universal Scalability Law (Gunther, 1993) fitted to throughput: X(N) = c N / (1 + a (N - 1) + b N (N - 1)).

c (lambda_one) is the rate of one worker, a (alpha) the share of work that is done one at a time (contention), b (beta)
the cost of what each pair of workers has to agree upon (coherency). With b above 0 there is a number of workers N* from
which on each further one makes the whole slower.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from benchmarks.analysis.bootstrap import FEWEST, Floats, Interval
from system.tasks.errors import TaskLabError

FEWEST_COUNTS = 4
"""Three parameters go through three points exactly, whatever the points: a fit says something from four on."""
RESAMPLES = 999


class TooFewPoints(TaskLabError):
    """Too few different numbers of workers were measured, or their throughput follows no such law."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """95 % intervals; those of `n_star` have math.inf as `high` where a peak may as well not exist."""

    lambda_one: Interval
    alpha: Interval
    beta: Interval
    n_star: Interval


@dataclass(frozen=True, slots=True)
class Usl:
    """A fitted law."""

    lambda_one: float
    alpha: float
    beta: float
    n_star: float | None
    """The number of workers with the highest throughput; None where the law has no peak (beta is 0)."""
    intervals: Intervals
    r_squared: float
    """Share of the spread of throughput that the law explains. Any rising curve gets a high one: look at intervals."""
    measured: tuple[int, int]
    """Fewest and most workers the law was fitted to."""

    def predict(self, workers: float) -> float:
        """Return the throughput with so many workers, in the unit of the data."""
        return float(_law(np.array([self.lambda_one, self.alpha, self.beta]), np.array([float(workers)]))[0])

    @property
    def n_star_measured(self) -> bool:
        """Whether N* lies within the measured numbers of workers; else it is an extrapolation."""
        return self.n_star is not None and self.measured[0] <= self.n_star <= self.measured[1]

    @property
    def about_n_star(self) -> str:
        """What may be said of N*, in words."""
        if self.n_star is None:
            return "no peak: throughput levels off or rises as far as the law can tell"
        where = "within" if self.n_star_measured else "outside"
        words = f"peak at {self.n_star:.1f} workers, {where} the measured {self.measured[0]} to {self.measured[1]}"
        return words if self.n_star_measured else f"{words}: an extrapolation, not a finding"


def fit(workers: Sequence[int], throughput: Sequence[float], *, seed: int) -> Usl:
    """Fit the law with alpha, beta >= 0 to trials: element i of both sequences is trial i. Raises TooFewPoints.

    Written as N/X = 1/c + a/c (N - 1) + b/c N (N - 1) the law is linear, and non-negative least squares finds its one
    best fit. Residuals are relative: 5 % weigh the same at 1 worker as at 16. Intervals come from drawing anew among
    the repeats of each number of workers, and are unknown where any of them has fewer than 3.
    """
    numbers, rates = np.asarray(workers, dtype=np.float64), np.asarray(throughput, dtype=np.float64)
    counts = np.unique(numbers)
    if len(counts) < FEWEST_COUNTS:
        message = f"{len(counts)} different numbers of workers, and the law needs {FEWEST_COUNTS} or more"
        raise TooFewPoints(message)
    if np.any(rates <= 0) or np.any(numbers < 1):
        message = "a trial with no throughput, or with no worker, follows no law"
        raise TooFewPoints(message)
    found = _fit(numbers, rates)
    inverse_peak = float(_inverse_peak(found))
    residual = np.sum((rates - _law(found, numbers)) ** 2)
    spread = np.sum((rates - rates.mean()) ** 2)
    return Usl(
        lambda_one=float(found[0]),
        alpha=float(found[1]),
        beta=float(found[2]),
        n_star=1 / inverse_peak if inverse_peak else None,
        intervals=_intervals(found, [rates[numbers == count] for count in counts], counts, seed),
        r_squared=float(1 - residual / spread) if spread else 1.0,
        measured=(int(counts[0]), int(counts[-1])),
    )


def _law(parameters: Floats, n: Floats) -> Floats:
    rate, alpha, beta = parameters
    return np.asarray(rate * n / (1 + alpha * (n - 1) + beta * n * (n - 1)))


def _fit(n: Floats, rates: Floats) -> Floats:
    """Return lambda_one, alpha and beta."""
    rows = np.column_stack([np.ones_like(n), n - 1, n * (n - 1)]) * (rates / n)[:, None]
    scale = np.linalg.norm(rows, axis=0)
    found = optimize.nnls(rows / scale, np.ones_like(n))[0] / scale
    if not found[0] > 0:
        message = "throughput falls faster with the number of workers than the law allows"
        raise TooFewPoints(message)
    return np.array([1 / found[0], found[1] / found[0], found[2] / found[0]])


def _inverse_peak(parameters: Floats) -> float:
    """Return 1/N*, which is 0 and not infinite where there is no peak, so that its quantiles exist."""
    _, alpha, beta = parameters
    if not beta:
        return 0.0
    return 1.0 if alpha + beta >= 1 else float(np.sqrt(beta / (1 - alpha)))


def _intervals(found: Floats, samples: list[Floats], counts: Floats, seed: int) -> Intervals:
    middles = [*map(float, found), _inverse_peak(found)]
    if min(map(len, samples)) < FEWEST:
        rate, alpha, beta, inverse = (Interval(None, middle, None) for middle in middles)
        return Intervals(rate, alpha, beta, Interval(None, _invert(inverse.middle), None))

    def refit(*drawn: Floats) -> Floats:
        numbers = np.repeat(counts, [len(sample) for sample in drawn])
        parameters = _fit(numbers, np.concatenate(drawn))
        return np.array([*parameters, _inverse_peak(parameters)])

    got = stats.bootstrap(
        samples,
        refit,
        n_resamples=RESAMPLES,
        vectorized=False,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    low, high = np.asarray(got.low), np.asarray(got.high)
    rate, alpha, beta = (Interval(float(low[i]), middles[i], float(high[i])) for i in range(3))
    return Intervals(rate, alpha, beta, Interval(_invert(high[3]), _invert(middles[3]), _invert(low[3])))


def _invert(value: float) -> float:
    return 1 / float(value) if value else math.inf
