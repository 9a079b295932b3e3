"""Throughput over the number of workers: every trial, the spread, the ideal line, the fitted law, your prediction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from lab.plot import style
from lab.plot.picture import Picture
from lab.run import Runs

if TYPE_CHECKING:
    from benchmarks.analysis.usl import Usl


def scaling(
    runs: Runs,
    *,
    law: Usl | None = None,
    predicted: dict[int, float] | None = None,
    phase1: Runs | None = None,
) -> Picture:
    """Plot a sweep's trials; `predicted`: by number of workers, the tasks a second that you expected.

    `law` is fitted by analysis.usl; `phase1` is a sweep of Phase 1, drawn as a level.
    """
    trials = runs.trials
    made, (axes,) = style.figure(5.8)
    draw(axes, trials, law=law, predicted=predicted)
    if phase1 is not None:
        level = float(phase1.trials["throughput"].median())
        axes.axhline(level, color=style.VERMILION, linestyle="-.", linewidth=3, label="Phase 1: one process")
    style.label(axes, "worker processes", "tasks done a second")
    style.legend(axes, loc="upper left")
    medians = trials.groupby("workers")["throughput"].median()
    words = "; ".join(f"{workers} workers {rate:,.0f}/s" for workers, rate in medians.items())
    fitted = f" The law fitted to them has alpha {law.alpha:.3f} and beta {law.beta:.4f}." if law else ""
    return Picture(made, f"Each point a trial, the bar its interval, dashed the ideal line. Medians: {words}.{fitted}")


def draw(
    axes: Axes, trials: pd.DataFrame, *, law: Usl | None = None, predicted: dict[int, float] | None = None
) -> None:
    """Draw one sweep."""
    from benchmarks.analysis.bootstrap import interval  # noqa: PLC0415 (SciPy, two seconds that only this needs)

    medians = trials.groupby("workers")["throughput"].median()
    fewest, most = int(medians.index.min()), max([int(medians.index.max()), *(predicted or {})])
    along = np.linspace(0, most * 1.05, 100)
    one = medians[fewest] / fewest
    axes.plot(along, one * along, color=style.QUIET, linestyle="--", linewidth=2.5, label="ideal: in proportion")
    for limited, name in ((False, "a trial"), (True, "a trial, whole machine busy")):
        some = trials[trials["host_limited"] == limited]
        if len(some):
            face = "none" if limited else style.BLUE
            look: dict[str, Any] = {
                "color": style.BLUE,
                "markerfacecolor": face,
                "markersize": 11,
                "markeredgewidth": 2.5,
            }
            axes.plot(some["workers"], some["throughput"], "o", label=name, zorder=5, **look)
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
