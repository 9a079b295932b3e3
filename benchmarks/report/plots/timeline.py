"""A trial over time, panel by panel: tasks a second, what waits, how old the oldest is; with what was broken when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from benchmarks.records import FaultRecord, SampleRecord
from benchmarks.report.plots import style
from benchmarks.report.plots.faults import mark

Points = list[tuple[float, float]]
BEFORE_S = 2.0  # shown of the warm-up; before it, systems start and backlogs are built
PANELS = {
    "rates": "tasks, 1/s",
    "depth": "tasks in\nthe queue",
    "oldest_age_s": "oldest\nwaits, s",
    "workers": "workers\nalive",
}


def timeline(samples: Sequence[SampleRecord], faults: Sequence[FaultRecord] = ()) -> Figure:
    """Plot one trial's samples; a panel for which there are none is left out."""
    panels = {name: series for name, series in _panels(samples).items() if series}
    heights = [1.6 if name in {"rates", "depth"} else 1.0 for name in panels]
    made, axes = style.figure(0.8 + 1.0 * sum(heights), heights)
    for one, (name, series) in zip(axes, panels.items(), strict=True):
        for number, (role, points) in enumerate(sorted(series.items())):
            look = style.look(number)
            drawn = "steps-post" if name == "workers" else "default"
            one.plot(
                [at for at, _ in points],
                [value for _, value in points],
                color=look.colour,
                linestyle=look.line,
                drawstyle=drawn,
                linewidth=1.4,
                label=role if len(series) > 1 else None,
            )
        one.set_ylim(0, 1.1 * (max(value for points in series.values() for _, value in points) or 1.0))
        one.margins(x=0.01)
        style.label(one, "", PANELS[name])
    mark(axes, faults)
    for one in axes:
        style.legend_above(one)
        one.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes[-1].set_xlabel("time since the measured part began, s", fontsize=style.SIZE, color=style.INK)
    made.align_ylabels(axes)
    return made


def _panels(samples: Sequence[SampleRecord]) -> dict[str, dict[str, Points]]:
    panels: dict[str, dict[str, Points]] = {name: defaultdict(list) for name in PANELS}
    totals: dict[str, Points] = defaultdict(list)
    for sample in samples:
        if sample.at_s < -BEFORE_S:
            continue
        if sample.what in panels:
            panels[sample.what][sample.role].append((sample.at_s, sample.value))
        elif sample.what in {"accepted", "ended"}:
            totals[sample.what].append((sample.at_s, sample.value))
    panels["rates"] = {what: rates(points) for what, points in totals.items() if len(points) > 1}
    return panels


def rates(totals: Points) -> Points:
    """Turn running totals into rates a second, each at the middle of its step."""
    ordered = sorted(totals)
    return [
        ((before + at) / 2, (value - earlier) / (at - before))
        for (before, earlier), (at, value) in pairwise(ordered)
        if at > before
    ]
