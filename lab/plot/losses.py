"""What each queue lost under the same kills, a bar for each run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.patches import Patch

from lab.plot import style
from lab.plot.picture import Picture
from lab.run import Run

LOOKS = (("done", style.GREEN, ""), ("lost", style.VERMILION, "xx"))


def losses(runs: Sequence[Run], predicted: float | None = None) -> Picture:
    """Plot done and lost tasks of runs; `predicted`: how many you expected the first run to lose."""
    made, (axes,) = style.figure(1.8 + 0.62 * len(runs))
    for number, run in enumerate(runs):
        lost = len(run.lost)
        counts = (run.trial.accepted - lost, lost)
        left = 0
        for count, (_, colour, hatch) in zip(counts, LOOKS, strict=True):
            axes.barh(number, count, left=left, color=colour, hatch=hatch, edgecolor=style.INK, height=0.7)
            left += count
        style.say(axes, left * 1.01, number, f"{lost} lost", style.VERMILION if lost else style.GREEN, weight="bold")
    if predicted is not None:
        axes.plot(runs[0].trial.accepted - predicted, 0, **style.PREDICTED, zorder=8)
    axes.set_yticks(range(len(runs)), [run.name for run in runs])
    axes.invert_yaxis()
    axes.set_xlim(0, max(run.trial.accepted for run in runs) * 1.16)
    axes.grid(visible=False, axis="y")
    style.label(axes, "accepted tasks")
    key: list[Any] = [
        Patch(facecolor=colour, hatch=hatch, edgecolor=style.INK, label=name) for name, colour, hatch in LOOKS
    ]
    if predicted is not None:
        key += [axes.lines[-1]]
        axes.lines[-1].set_label("your prediction for the first bar")
    style.legend_below(made, key)
    return Picture(made, "; ".join(f"{run.name}: {len(run.lost)} of {run.trial.accepted} lost" for run in runs) + ".")
