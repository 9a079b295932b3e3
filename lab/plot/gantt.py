"""One line a task: how long it waited, how long it ran."""

from __future__ import annotations

from typing import Any

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from lab.plot import style
from lab.plot.picture import Picture
from lab.run import Run

MOST = 24  # lines that can still be told apart


def gantt(run: Run, predicted: float | None = None) -> Picture:
    """Plot the first tasks of a run in the order they were accepted; `predicted`: the longest wait, in seconds."""
    rows = run.tasks.sort_values("accepted_s").head(MOST)
    made, (axes,) = style.figure(1.6 + 0.28 * len(rows))
    for number, task in enumerate(rows.itertuples()):
        axes.barh(
            number, task.started_s - task.accepted_s, left=task.accepted_s, color=style.RULE, hatch="//", height=0.8
        )
        axes.barh(number, task.finished_s - task.started_s, left=task.started_s, color=style.BLUE, height=0.8)
    if predicted is not None:
        axes.axvline(rows["accepted_s"].min() + predicted, color=style.PURPLE, linewidth=4, linestyle=":")
    axes.invert_yaxis()
    axes.set_yticks(range(0, len(rows), 4), [f"task {number + 1}" for number in range(0, len(rows), 4)])
    style.label(axes, "seconds since the first submit")
    key: list[Any] = [
        Patch(facecolor=style.RULE, hatch="//", label="queued: it waits"),
        Patch(color=style.BLUE, label="running"),
    ]
    if predicted is not None:
        key.append(
            Line2D([], [], color=style.PURPLE, linewidth=4, linestyle=":", label="your prediction: longest wait")
        )
    style.legend_below(made, key)
    wait = (rows["started_s"] - rows["accepted_s"]).max()
    return Picture(
        made, f"{run.name}: {len(rows)} tasks, a line each. The one that waited longest waited {wait:.2f} s."
    )
