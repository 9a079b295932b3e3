"""Locust's steps: how much came through, how long it took, and which part of the system was busy."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from lab.plot import style
from lab.plot.picture import Picture

PARTS = ("api", "workers", "locust", "upkeep", "redis")


def steps(series: Mapping[str, pd.DataFrame], predicted: float | None = None) -> Picture:
    """Plot tables of lab.locust(users=…) by name; `predicted`: users at which you expected saturation."""
    made, axes = style.figure(5.6, columns=3)
    for number, (name, table) in enumerate(series.items()):
        for place, column in ((axes[0], "per_s"), (axes[1], "p95_ms")):
            _line(place, table, column, number, name)
    if predicted is not None:
        axes[0].axvline(predicted, color=style.PURPLE, linewidth=3, linestyle=":", label="your prediction")
    last = list(series)[-1]
    _cores(axes[2], series[last])
    ticks = sorted({int(count) for table in series.values() for count in table["users"]})
    for place, y, title in zip(
        axes, ("a second", "ms", "cores"), ("answers", "response, p95", f"busy, {last}"), strict=True
    ):
        place.set_xscale("log", base=2)
        place.set_xticks(ticks, [str(tick) for tick in ticks])
        place.minorticks_off()
        place.set_ylim(bottom=0)
        style.label(place, "users", y, title)
    style.legend(axes[0], loc="upper left")
    style.legend(axes[2], loc="upper left")
    words = "; ".join(f"{name}: {table['per_s'].iloc[-1]:,.0f} a second" for name, table in series.items())
    return Picture(made, f"Answers, response time and busy cores over users. With {ticks[-1]} users, {words}.")


def _cores(axes: Axes, table: pd.DataFrame) -> None:
    for number, part in enumerate(PARTS):
        _line(axes, table, part, number, part)
    axes.axhline(1.0, color=style.QUIET, linewidth=1.5, linestyle="--")


def _line(axes: Axes, table: pd.DataFrame, column: str, number: int, name: str) -> None:
    axes.plot(
        table["users"],
        table[column],
        label=name,
        color=style.COLOURS[number],
        marker=style.MARKERS[number],
        linestyle=style.LINES[number],
        linewidth=3.5,
        markersize=10,
    )
