"""Throughput against the number of workers: each trial a point, the interval, the ideal line, the fitted law."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from statistics import median

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from benchmarks.records import TrialRecord
from benchmarks.report.plots import style

Interval = tuple[float, float]


def scaling(
    trials: Sequence[TrialRecord],
    *,
    intervals: dict[int, Interval] | None = None,
    predict: Callable[[float], float] | None = None,
    best: float | None = None,
) -> Figure:
    """Plot trials; `intervals` by number of workers, `predict` a fitted law, `best` its number of workers N*.

    Hollow points are host-limited: they say how fast the machine is. The ideal line goes from 0 through the median at
    the fewest workers.
    """
    made, (axes,) = style.figure(3.4)
    by_workers: dict[int, list[float]] = defaultdict(list)
    for trial in trials:
        by_workers[trial.workers].append(trial.throughput)
    fewest, most = min(by_workers), max(by_workers)
    highest = max(map(max, by_workers.values()))
    _ideal(axes, fewest, most, median(by_workers[fewest]))
    _points(axes, trials)
    if intervals:
        _intervals(axes, by_workers, intervals)
    if predict is not None:
        along = np.linspace(fewest, most, 100)
        look = style.look(1)
        curve = [predict(float(number)) for number in along]
        axes.plot(along, curve, color=look.colour, linestyle=look.line, linewidth=1.6, label="fitted law (USL)")
    if best is not None and best <= most:
        axes.axvline(best, color=style.QUIET, linewidth=0.8, linestyle=":", label=f"N* = {best:.1f}")
    axes.set_ylim(0, highest * 1.25)
    axes.set_xlim(0, most * 1.06)
    axes.set_xticks(sorted(by_workers))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda rate, _: f"{rate:,g}"))
    style.label(axes, "worker processes", "tasks done, 1/s")
    style.legend(axes, place="lower right")
    return made


def _ideal(axes: Axes, fewest: int, most: int, at_fewest: float) -> None:
    ends = (0, most)
    axes.plot(ends, [at_fewest / fewest * end for end in ends], color=style.QUIET, linewidth=1, linestyle="--")
    axes.lines[-1].set_label("ideal: in proportion")


def _points(axes: Axes, trials: Sequence[TrialRecord]) -> None:
    look = style.look(0)
    for limited, name in ((False, "a trial"), (True, "a trial, host-limited")):
        some = [trial for trial in trials if trial.host_limited is limited]
        if some:
            axes.scatter(
                [trial.workers for trial in some],
                [trial.throughput for trial in some],
                s=70 if limited else 26,  # a ring: it is to be seen around a point, too
                marker=look.marker,
                facecolors="none" if limited else look.colour,
                edgecolors=look.colour,
                linewidths=1.2,
                label=name,
                zorder=3,
            )


def _intervals(axes: Axes, by_workers: dict[int, list[float]], intervals: dict[int, Interval]) -> None:
    numbers = sorted(intervals)
    middles = [median(by_workers[number]) for number in numbers]
    below = [max(0.0, middle - intervals[number][0]) for number, middle in zip(numbers, middles, strict=True)]
    above = [max(0.0, intervals[number][1] - middle) for number, middle in zip(numbers, middles, strict=True)]
    beside = 0.012 * max(numbers)  # so that it doesn't hide the trials
    axes.errorbar(
        [number + beside for number in numbers],
        middles,
        yerr=[below, above],
        fmt="_",
        color=style.INK,
        capsize=4,
        linewidth=1.1,
        markersize=9,
        label="median, 95 % interval",
        zorder=4,
    )
