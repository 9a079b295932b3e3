"""Throughput over the number of workers: every trial, the spread, the ideal line, the fitted law, your prediction."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from benchmarks.analysis.bootstrap import interval
from benchmarks.analysis.usl import Usl
from lab.plot import style
from lab.plot.picture import Picture
from lab.run import Runs


def scaling(
    runs: Runs | pd.DataFrame, *, law: Usl | None = None, predicted: dict[int, float] | None = None, title: str = ""
) -> Picture:
    """Plot a sweep's trials; `predicted`: by number of workers, the tasks a second that you expected."""
    trials = runs.trials if isinstance(runs, Runs) else runs
    made, (axes,) = style.figure(5.8)
    draw(axes, trials, law=law, predicted=predicted)
    style.label(axes, "worker processes", "tasks done a second", title)
    style.legend(axes, loc="upper left")
    medians = trials.groupby("workers")["throughput"].median()
    words = "; ".join(f"{workers} workers {rate:,.0f}/s" for workers, rate in medians.items())
    return Picture(made, f"Each point a trial, the bar its interval, dashed the ideal line. Medians: {words}.")


def draw(
    axes: Axes, trials: pd.DataFrame, *, law: Usl | None = None, predicted: dict[int, float] | None = None
) -> None:
    """Draw one sweep."""
    medians = trials.groupby("workers")["throughput"].median()
    fewest, most = int(medians.index.min()), max([int(medians.index.max()), *(predicted or {})])
    along = np.linspace(0, most * 1.05, 100)
    one = medians[fewest] / fewest
    axes.plot(along, one * along, color=style.QUIET, linestyle="--", linewidth=2.5, label="ideal: in proportion")
    axes.plot(trials["workers"], trials["throughput"], "o", color=style.BLUE, markersize=10, alpha=0.6, label="a trial")
    for workers, rates in trials.groupby("workers")["throughput"]:
        found = interval(list(rates), seed=1)
        low = rates.min() if found.low is None else found.low
        high = rates.max() if found.high is None else found.high
        axes.plot([workers, workers], [low, high], color=style.INK, linewidth=3, marker="_", markersize=16, zorder=4)
    if law is not None:
        axes.plot(
            along[1:],
            [law.predict(n) for n in along[1:]],
            color=style.GREEN,
            linestyle="-.",
            linewidth=3.5,
            label="fitted law (USL)",
        )
    if predicted:
        axes.plot(list(predicted), list(predicted.values()), label="your prediction", **style.PREDICTED, zorder=7)
    axes.set_xticks(sorted({*map(int, medians.index), *(predicted or {})}))
    axes.set_xlim(0, most * 1.08)
    axes.set_ylim(0, max([one * most * 1.1, *(value * 1.1 for value in (predicted or {}).values())]))
