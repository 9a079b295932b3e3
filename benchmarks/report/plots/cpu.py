"""Processor time a task costs, by role: a bar for each point, a part of it for each role."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

from matplotlib.figure import Figure

from benchmarks.records import TrialRecord
from benchmarks.report.plots import style

HOST = "host"  # all of the machine: no part of the sum


def cpu(trials: Sequence[TrialRecord]) -> Figure:
    """Plot the median of each point's repeats; a dot for each repeat's sum shows the spread."""
    points: dict[str, list[TrialRecord]] = {}
    for trial in trials:
        points.setdefault(trial.point, []).append(trial)
    roles = sorted({role for trial in trials for role in trial.cpu_ms_per_task} - {HOST})
    made, (axes,) = style.figure(1.1 + 0.34 * len(points))
    left = [0.0] * len(points)
    for number, role in enumerate(roles):
        look = style.look(number)
        widths = [median(one.cpu_ms_per_task.get(role, 0.0) for one in repeats) for repeats in points.values()]
        places = range(len(points))
        style_of: dict[str, Any] = {"color": look.colour, "hatch": look.hatch, "edgecolor": style.INK, "linewidth": 0.4}
        axes.barh(places, widths, left=left, height=0.5, label=role, **style_of)
        left = [before + width for before, width in zip(left, widths, strict=True)]
    for place, repeats in enumerate(points.values()):
        sums = [sum(one.cpu_ms_per_task.get(role, 0.0) for role in roles) for one in repeats]
        axes.plot(sums, [place] * len(sums), "|", color=style.INK, markersize=9, linestyle="none")
    axes.set_yticks(range(len(points)), list(points))
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.grid(visible=True, axis="x", color=style.RULE, linewidth=0.6)
    style.label(axes, "processor time a task, ms", "")
    style.legend_outside(made, axes.get_legend_handles_labels()[0], columns=6)
    return made
