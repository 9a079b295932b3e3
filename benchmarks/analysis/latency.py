"""Latencies out of records, and their percentiles by HdrHistogram.

A histogram keeps three digits of every value from a microsecond to a day, so that percentiles of many trials can be had
of all values and not, as is often done and never right, as the mean of the trials' percentiles.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from hdrh.histogram import HdrHistogram

from benchmarks.analysis.bootstrap import NoValues
from benchmarks.records import RequestRecord, TaskRecord

DIGITS = 3
PER_SECOND = 1_000_000  # the histogram counts whole microseconds
PER_MILLE = (500, 900, 950, 990, 999)
STEPS_PER_HALF = 5  # points of a spectrum each time the rest of the values halves


@dataclass(frozen=True, slots=True)
class Latency:
    """Percentiles in seconds, at most 0.1 % (and a microsecond) from the true ones; `longest` is exact."""

    count: int
    p50: float
    p90: float
    p95: float
    p99: float
    p999: float
    longest: float


def summary(seconds: Sequence[float]) -> Latency:
    """Return the percentiles of some durations; raises NoValues where there are none.

    A p99 of fewer than 100 values is their longest: look at `count` before believing it.
    """
    histogram, count, most = _histogram(seconds), len(seconds), longest(seconds)
    # The histogram rounds to the nearest value's rank; asked for a whole rank, it takes the first that p % reach.
    ranks = [100 * math.ceil(count * share / 1000) / count for share in PER_MILLE]
    cuts = histogram.get_percentile_to_value_dict(ranks)
    p50, p90, p95, p99, p999 = (min(cuts[rank] / PER_SECOND, most) for rank in ranks)
    return Latency(count, p50, p90, p95, p99, p999, most)


def spectrum(seconds: Sequence[float]) -> list[tuple[float, float]]:
    """Return (percentile from 0 to 100, seconds), denser towards 100, for a plot over 1 / (1 - p); raises NoValues."""
    steps = _histogram(seconds).get_percentile_iterator(STEPS_PER_HALF)
    most = longest(seconds)
    return [(step.percentile_level_iterated_to, min(step.value_iterated_to / PER_SECOND, most)) for step in steps]


def longest(seconds: Sequence[float]) -> float:
    """Return the longest duration, a negative one as 0."""
    return max(0.0, *seconds) if len(seconds) > 1 else max(0.0, seconds[0])


def naive(requests: Iterable[RequestRecord]) -> list[float]:
    """Return how long each acknowledged call took from when it was sent: what a client that waits would report."""
    return [one.answered_s - one.sent_s for one in _acknowledged(requests) if one.answered_s is not None]


def corrected(requests: Iterable[RequestRecord]) -> list[float]:
    """Return how long each acknowledged call took from when it should have been sent (no coordinated omission)."""
    return [one.answered_s - one.intended_s for one in _acknowledged(requests) if one.answered_s is not None]


def wait(tasks: Iterable[TaskRecord]) -> list[float]:
    """Return the seconds from acceptance to first start, of all tasks that started."""
    return [task.started_s - task.accepted_s for task in tasks if task.started_s is not None]


def run(tasks: Iterable[TaskRecord]) -> list[float]:
    """Return the seconds from first start to recorded end: with all retries, of all tasks that ended."""
    return [
        task.finished_s - task.started_s for task in tasks if task.finished_s is not None and task.started_s is not None
    ]


def end_to_end(tasks: Iterable[TaskRecord]) -> list[float]:
    """Return the seconds from the intended submit (of a backlog: acceptance) to the recorded end, if there is one."""
    return [
        task.finished_s - (task.accepted_s if task.intended_s is None else task.intended_s)
        for task in tasks
        if task.finished_s is not None
    ]


def _acknowledged(requests: Iterable[RequestRecord]) -> Iterable[RequestRecord]:
    """Leave out refusals: they are quick, and would flatter a system that turns its clients away."""
    return (one for one in requests if one.answer == "acknowledged")


def _histogram(seconds: Sequence[float]) -> HdrHistogram:
    if not len(seconds):
        message = "no durations, no percentiles"
        raise NoValues(message)
    # Two clocks may disagree by a millisecond: what ended before it began took no time.
    micros = np.maximum(0, np.rint(np.asarray(seconds, dtype=np.float64) * PER_SECOND)).astype(np.int64)
    values, counts = np.unique(micros, return_counts=True)
    histogram = HdrHistogram(1, max(2, int(values[-1])), DIGITS)
    for value, count in zip(values.tolist(), counts.tolist(), strict=True):
        histogram.record_value(value, count)
    return histogram
