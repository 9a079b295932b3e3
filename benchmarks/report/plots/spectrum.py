"""Latency by percentile on a scale that gives the slow tail as much room as the rest: 90, 99, 99.9 % and on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from benchmarks.report.plots import style

LEAST_MS = 0.5  # the record counts whole milliseconds: less is drawn here, as a log scale has no 0
POINTS = 400  # enough for a smooth line, and a small file


def spectrum(series: Mapping[str, Sequence[float]]) -> Figure:
    """Plot latencies in seconds by name; the x-axis is 1 / (1 - q) on a log scale, the y-axis is a log scale of ms.

    A line ends where its number of values does: 1,000 values know nothing of the 99.99th percentile.
    """
    made, (axes,) = style.figure(3.4)
    longest = 10.0
    for number, (name, seconds) in enumerate(series.items()):
        if not seconds:
            continue
        values = np.sort(np.asarray(seconds, dtype=float))
        longest = max(longest, float(len(values)))
        along = np.geomspace(1, len(values), min(POINTS, len(values)))
        places = np.minimum(np.ceil((1 - 1 / along) * len(values)).astype(int), len(values) - 1)
        look = style.look(number)
        axes.plot(
            along,
            np.maximum(values[places] * 1000, LEAST_MS),
            color=look.colour,
            linestyle=look.line,
            linewidth=1.6,
            marker=look.marker,
            markersize=4,
            markevery=max(1, len(along) // 6),
            label=name,
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    decades = int(np.ceil(np.log10(longest)))
    axes.set_xticks([10.0**power for power in range(decades + 1)])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda tail, _: percentile(tail)))
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda ms, _: f"{ms:,g}"))
    style.label(axes, "share of tasks that took at most this long, %", "latency, ms")
    style.legend_above(axes, columns=3)
    return made


def percentile(tail: float) -> str:
    """Name the percentile of 1 / (1 - q): 1 -> 0, 10 -> 90, 1,000 -> 99.9."""
    return f"{100 * (1 - 1 / tail):.10g}"
