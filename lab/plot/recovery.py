"""How long a dead worker's tasks wait for the next worker, against the length of the lease."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lab.plot import style
from lab.plot.picture import Picture
from lab.run import Run


def takeovers(runs: Sequence[Run]) -> pd.DataFrame:
    """Return a line for each task of a killed worker: lease_seconds, task_id, seconds until it ran again."""
    lines = [
        (run.trial.lease_seconds, one.task_id, one.seconds)
        for run in runs
        if run.report
        for one in run.report.takeovers
    ]
    return pd.DataFrame(lines, columns=["lease_seconds", "task_id", "seconds"])


def recovery(runs: Sequence[Run], predicted: dict[float, float] | None = None) -> Picture:
    """Plot takeovers; `predicted`: by lease in seconds, the seconds until takeover that you expected."""
    found = takeovers(runs)
    longest = float(found["lease_seconds"].max()) * 1.15
    made, (axes,) = style.figure(5.6)
    axes.fill_between(
        [0, longest], [0, longest * 2 / 3], [0, longest], color=style.SKY, alpha=0.35, label="2/3 of a lease to a lease"
    )
    axes.plot(
        [0, longest], [1, longest + 1], color=style.VERMILION, linestyle="--", linewidth=3, label="promise: lease + 1 s"
    )
    axes.plot(
        found["lease_seconds"],
        found["seconds"],
        "o",
        color=style.BLUE,
        markersize=10,
        alpha=0.7,
        label="a task taken over",
    )
    if predicted:
        axes.plot(list(predicted), list(predicted.values()), label="your prediction", **style.PREDICTED)
    axes.set_xlim(0, longest)
    axes.set_ylim(0, max(longest + 1.3, found["seconds"].max() * 1.1))
    style.label(axes, "lease, seconds", "seconds until it ran again")
    style.legend(axes, loc="upper left")
    medians = found.groupby("lease_seconds")["seconds"].median()
    words = "; ".join(f"lease {lease:g} s: {seconds:.1f} s" for lease, seconds in medians.items())
    return Picture(made, f"The longer the lease, the longer a dead worker's tasks wait. Medians: {words}.")
