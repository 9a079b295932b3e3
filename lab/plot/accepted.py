"""Accepted against done: two lines that should meet, and after a crash of Phase 1 never do."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lab.plot import style
from lab.plot.picture import Picture
from lab.run import Run


def accepted(run: Run, predicted: float | None = None) -> Picture:
    """Plot running totals of accepted and of done tasks; `predicted`: how many you expected to be lost."""
    took = np.sort(run.tasks["accepted_s"].to_numpy(dtype=float))
    ended = np.sort(run.tasks["finished_s"].dropna().to_numpy(dtype=float))
    kills = run.faults[run.faults["kind"] == "kill"]
    end = max([*took[-1:], *ended[-1:], *kills["until_s"]]) * 1.25
    made, (axes,) = style.figure()
    for times, name, colour, line in ((took, "accepted", style.BLUE, "-"), (ended, "done", style.GREEN, "--")):
        counts = [0, *range(1, len(times) + 1), len(times)]
        axes.step([0.0, *times, end], counts, where="post", color=colour, linestyle=line, linewidth=4, label=name)
    if len(kills):
        style.killed(axes, float(kills["at_s"].iloc[0]))
    lost = len(took) - len(ended)
    if lost:
        axes.annotate(
            "", (end * 0.93, len(ended)), (end * 0.93, len(took)), arrowprops={"arrowstyle": "<->", "lw": 2.5}
        )
        style.say(
            axes, end * 0.915, (len(took) + len(ended)) / 2, f"{lost} lost", style.VERMILION, ha="right", weight="bold"
        )
    if predicted is not None:
        axes.plot(end * 0.97, len(took) - predicted, label=f"your prediction: {predicted:g} lost", **style.PREDICTED)
    axes.set_xlim(0, end)
    axes.set_ylim(0, len(took) * 1.12)
    style.label(axes, "seconds since the first submit", "tasks, in total")
    style.legend(axes, loc="upper left")
    return Picture(made, _caption(run, len(took), len(ended), kills))


def _caption(run: Run, took: int, ended: int, kills: pd.DataFrame) -> str:
    words = f"{run.name}: the line of accepted tasks rises to {took}, the line of done tasks to {ended}."
    return f"{words} The kill is marked; {took - ended} tasks were lost." if len(kills) else words
