"""The three parts of a task's time, submit, wait and run, for several systems: which share took at most so long."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, NullFormatter

from lab.plot import style
from lab.plot.picture import Picture
from lab.run import Run

FLOOR_MS = 0.5  # the record counts whole milliseconds; 0 has no place on a log scale


def parts(run: Run) -> dict[str, pd.Series]:
    """Return seconds by part: until the client had its answer, until it was started, until it was finished."""
    tasks = run.tasks.dropna(subset=["started_s", "finished_s"])
    return {
        "submit": run.requests["answered_s"] - run.requests["sent_s"],
        "wait": tasks["started_s"] - tasks["accepted_s"],
        "run": tasks["finished_s"] - tasks["started_s"],
    }


def ecdf(runs: Sequence[Run], predicted: dict[str, float] | None = None) -> Picture:
    """Plot each part's distribution; `predicted`: by part, the median in ms that you expected of the last run."""
    made, axes = style.figure(5.4, columns=3, sharex=True, sharey=True)
    medians: list[str] = []
    for place, name in zip(axes, ("submit", "wait", "run"), strict=True):
        for number, run in enumerate(runs):
            values = np.sort(np.maximum(parts(run)[name].to_numpy(dtype=float) * 1000, FLOOR_MS))
            share = np.arange(1, len(values) + 1) / len(values)
            look = {"color": style.COLOURS[number], "linestyle": style.LINES[number], "linewidth": 3.5}
            place.plot(values, share, label=run.name, **look)
            medians.append(f"{run.name} {name} {np.median(values):.1f} ms")
        if predicted and name in predicted:
            place.plot(predicted[name], 0.5, label="your prediction", **style.PREDICTED)
        place.set_xscale("log")
        place.xaxis.set_minor_formatter(NullFormatter())
        place.xaxis.set_major_formatter(FuncFormatter(lambda ms, _: f"{ms:g}"))
        style.label(place, "milliseconds", "share of tasks" if name == "submit" else "", name)
    handles = {text: handle for place in axes for handle, text in zip(*place.get_legend_handles_labels(), strict=True)}
    style.legend_below(made, list(handles.values()))
    return Picture(made, "Share of tasks that took at most so long. Medians: " + "; ".join(medians) + ".")
