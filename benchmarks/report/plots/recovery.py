"""Tasks done a second around each kill, all kills laid over one another: how deep the dip is, and how long."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from benchmarks.records import FaultRecord, TaskRecord
from benchmarks.report.plots import style

FEWEST = 20  # tasks in a step, on average: fewer, and chance is all there is to see
STEPS_S = (0.1, 0.25, 0.5, 1.0)
MOST_LINES = 40  # beyond that, single kills can't be told apart


def recovery(
    tasks: Sequence[TaskRecord], faults: Sequence[FaultRecord], *, before_s: float = 2.0, after_s: float = 8.0
) -> Figure:
    """Plot the rate of ends from `before_s` before each kill until `after_s` after it: a line each, median, quartiles.

    Tasks and faults are matched by their trial.
    """
    ends = _ends(tasks)
    step = _step(list(ends.values()))
    steps = np.arange(-before_s, after_s + step / 2, step)
    kills = [fault for fault in faults if fault.kind == "kill" and fault.trial in ends]
    curves = np.array([np.histogram(ends[kill.trial] - kill.at_s, bins=steps)[0] / step for kill in kills])
    middle = steps[:-1] + step / 2
    made, (axes,) = style.figure(3.2)
    for curve in curves[:MOST_LINES]:
        axes.plot(middle, curve, color=style.QUIET, alpha=0.25, linewidth=0.7)
    if len(curves):
        low, centre, high = np.percentile(curves, [25, 50, 75], axis=0)
        look = style.look(0)
        axes.fill_between(middle, low, high, color=look.colour, alpha=0.2, linewidth=0, label="middle half of kills")
        axes.plot(middle, centre, color=look.colour, linewidth=1.8, label=f"median of {len(curves)} kills")
    axes.axvline(0, color=style.INK, linewidth=1, linestyle=(0, (1, 1.5)), label="kill")
    axes.set_ylim(bottom=0)
    axes.margins(x=0)
    style.label(axes, "time since the kill, s", "tasks done, 1/s")
    style.legend(axes, place="lower right")
    return made


def _step(ends: Sequence[npt.NDArray[np.float64]]) -> float:
    """Return the shortest step in which enough tasks end, else the longest."""
    rate = np.mean([len(one) / max(1e-9, float(np.ptp(one))) for one in ends]) if ends else 0.0
    return next((step for step in STEPS_S if step * rate >= FEWEST), STEPS_S[-1])


def _ends(tasks: Sequence[TaskRecord]) -> dict[int, npt.NDArray[np.float64]]:
    by_trial: dict[int, list[float]] = {}
    for task in tasks:
        if task.finished_s is not None:
            by_trial.setdefault(task.trial, []).append(task.finished_s)
    return {trial: np.asarray(seconds) for trial, seconds in by_trial.items()}
