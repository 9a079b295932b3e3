"""A lane for each worker: what it had in hand, where it was killed, when its leases ended, and who took over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from lab.plot import style
from lab.plot.picture import Picture
from lab.run import Run

DONE, CUT, HELD, AGAIN = "done", "cut short by the kill", "lease not over yet", "taken over, done"
LOOKS: dict[str, dict[str, Any]] = {
    DONE: {"facecolor": style.SKY, "edgecolor": "white"},
    CUT: {"facecolor": style.VERMILION, "edgecolor": style.INK, "hatch": "xx"},
    HELD: {"facecolor": "white", "edgecolor": style.VERMILION, "hatch": "//"},
    AGAIN: {"facecolor": style.GREEN, "edgecolor": style.INK, "hatch": ".."},
}
LANE, FULL = 1.0, 0.84  # height of a lane in inches; share of it that bars fill


def lanes(run: Run, predicted: float | None = None) -> Picture:
    """Plot who had which task in hand when; `predicted`: seconds after the kill until the last takeover."""
    bars = pd.DataFrame(_bars(run), columns=["lane", "kind", "begin", "end", "task_id", "attempt"])
    names = sorted(bars["lane"].unique(), key=lambda name: (len(name), name))
    made, (axes,) = style.figure(1.9 + LANE * len(names))
    bars["y"] = 0.0
    for number, name in enumerate(names):
        _place(axes, bars, name, number)
    _arrows(axes, bars)
    for fault in run.faults[run.faults["kind"] == "kill"].itertuples():
        lane = fault.target.partition(".")[0]
        if lane in names:
            axes.plot(fault.at_s, names.index(lane) - 0.5, "X", color=style.INK, markersize=15, zorder=7, clip_on=False)
    _prediction(axes, run, predicted)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.45, -0.6)
    axes.set_xlim(0, max(bars["end"].max() * 1.03, 0.1))
    axes.grid(visible=False, axis="y")
    style.label(axes, "seconds since the first submit", "")
    style.legend_below(made, _key(bars, predicted), columns=3)
    return Picture(made, _caption(run, names, bars))


def _bars(run: Run) -> Iterator[tuple[str, str, float, float, str, int]]:
    kills = {fault.target: fault.at_s for fault in run.faults.itertuples() if fault.kind == "kill"}
    last = float(run.attempts["finished_s"].max())
    for one in run.attempts.itertuples():
        name, kill = one.worker.partition(".")[0], kills.get(one.worker)
        end = last if pd.isna(one.finished_s) else one.finished_s
        if kill is not None and one.outcome != "succeeded" and one.claimed_s <= kill:
            yield name, CUT, one.claimed_s, kill, one.task_id, one.attempt
            if end > kill and not pd.isna(one.outcome):  # without leases nobody hears of it again
                yield name, HELD, kill, end, one.task_id, one.attempt
        else:
            yield name, AGAIN if one.attempt > 1 else DONE, one.claimed_s, end, one.task_id, one.attempt


def _place(axes: Axes, bars: pd.DataFrame, name: str, lane: int) -> None:
    """Draw a lane's bars, those at the same time below each other."""
    mine = bars[bars["lane"] == name].sort_values("begin")
    free: list[float] = []
    rows: dict[Any, int] = {}
    holder: dict[tuple[str, int], int] = {}
    for bar in mine.itertuples():
        row = holder.get((bar.task_id, bar.attempt))
        if row is None:
            row = next((number for number, at in enumerate(free) if at <= bar.begin + 0.002), len(free))
        free[row : row + 1] = [bar.end]
        rows[bar.Index] = holder[bar.task_id, bar.attempt] = row
    height = FULL / max(1, len(free))
    for bar in mine.itertuples():
        top = lane - FULL / 2 + rows[bar.Index] * height
        bars.loc[bar.Index, "y"] = top + height / 2
        axes.broken_barh([(bar.begin, bar.end - bar.begin)], (top, height * 0.92), linewidth=0.8, **LOOKS[bar.kind])


def _arrows(axes: Axes, bars: pd.DataFrame) -> None:
    """Point from what a kill cut short to who took it over, once for each pair of lanes."""
    pairs: dict[tuple[str, str], list[tuple[Any, Any]]] = {}
    for bar in bars[bars["kind"] == AGAIN].itertuples():
        before = bars[(bars["task_id"] == bar.task_id) & (bars["begin"] < bar.begin)]
        if len(before):
            cut = before.sort_values("end").iloc[-1]
            pairs.setdefault((cut["lane"], bar.lane), []).append((cut, bar))
    look = {"arrowstyle": "-|>,head_width=0.5,head_length=0.9", "color": style.INK, "lw": 3, "shrinkA": 0, "shrinkB": 0}
    for found in pairs.values():
        cut, bar = found[len(found) // 2]
        middle = bar.begin + (bar.end - bar.begin) / 3
        bend = {"connectionstyle": "arc3,rad=-0.2"}
        axes.annotate("", (middle, bar.y), (cut["end"], cut["y"]), arrowprops={**look, **bend}, zorder=8)


def _prediction(axes: Axes, run: Run, predicted: float | None) -> None:
    if predicted is not None and len(run.faults):
        axes.axvline(run.faults["at_s"].iloc[0] + predicted, color=style.PURPLE, linewidth=3, linestyle=":", zorder=4)


def _key(bars: pd.DataFrame, predicted: float | None) -> list[Any]:
    shown: list[Any] = [Patch(label=kind, **look) for kind, look in LOOKS.items() if kind in {*bars["kind"]}]
    if CUT in {*bars["kind"]}:
        shown.append(Line2D([], [], color=style.INK, marker="X", markersize=12, linestyle="", label="kill -9"))
    if predicted is not None:
        shown.append(
            Line2D([], [], color=style.PURPLE, linewidth=3, linestyle=":", label="your prediction: last takeover")
        )
    return shown


def _caption(run: Run, names: list[str], bars: pd.DataFrame) -> str:
    cut, again = (bars["kind"] == CUT).sum(), (bars["kind"] == AGAIN).sum()
    words = f"{run.name}: {len(names)} lanes, a bar for each task a worker had in hand."
    if cut:
        words += f" A kill cut {cut} bars short; {again} tasks were taken over and done by another worker."
    return words
