"""A lane for each worker: a bar for each task it had in hand, a cross where it was killed, and who took over."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from benchmarks.records import AttemptRecord, FaultRecord
from benchmarks.report.plots import style
from benchmarks.report.plots.rows import AGAIN, ENDED, GONE, HELD, Rows, rows

FACES = {ENDED: style.SKY, GONE: style.VERMILION, HELD: "none", AGAIN: style.GREEN}
HATCHES = {ENDED: "", GONE: "xxx", HELD: "", AGAIN: ""}
EDGES = {ENDED: style.SKY, GONE: style.INK, HELD: style.VERMILION, AGAIN: style.INK}
FULL, ROOM = 0.8, 0.4  # share of a lane that bars fill; inches a lane needs
PIXELS = 1_000  # bars nearer than that part of the width can't be told apart, and are drawn as one


def lanes(attempts: Sequence[AttemptRecord], faults: Sequence[FaultRecord], *, begin_s: float, end_s: float) -> Figure:
    """Plot what workers had in hand between two times, from the attempts and faults of one trial."""
    kills = {fault.target: fault.at_s for fault in faults if fault.kind == "kill" and begin_s <= fault.at_s <= end_s}
    placed = rows(attempts, kills, begin_s=begin_s, end_s=end_s, gap_s=(end_s - begin_s) / PIXELS)
    made, (axes,) = style.figure(1.3 + ROOM * max(1, len(placed)))
    for lane, bars in enumerate(placed.values()):
        _draw(axes, lane, bars)
    killed = [(at, lane) for lane, name in enumerate(placed) if (at := kills.get(name)) is not None]
    for at, lane in killed:
        axes.plot([at, at], [lane - 0.48, lane + 0.48], color=style.INK, linewidth=1.2)
    crosses = [axes.plot(at, lane - 0.48, "X", color=style.INK, markersize=7, clip_on=False)[0] for at, lane in killed]
    if crosses:
        crosses[0].set(label="killed", linestyle="none")
    axes.set_yticks(range(len(placed)), list(placed))
    axes.set_ylim(len(placed) - 0.4, -0.6)
    axes.set_xlim(begin_s, end_s)
    axes.grid(visible=False)
    style.label(axes, "time since the measured part began, s", "worker")
    style.legend_outside(made, [*_key(), *crosses[:1]], columns=3)
    return made


def _draw(axes: Axes, lane: int, bars: Rows) -> None:
    height = FULL / (1 + max((row for row, _ in bars), default=0))
    for (row, kind), spans in bars.items():
        axes.broken_barh(
            [(begin, until - begin) for begin, until in spans],
            (lane - FULL / 2 + row * height, height * 0.9),
            facecolors=FACES[kind],
            edgecolors=EDGES[kind],
            hatch=HATCHES[kind],
            linewidth=0.6,
        )


def _key() -> list[Patch]:
    return [
        Patch(facecolor=FACES[kind], hatch=HATCHES[kind], edgecolor=EDGES[kind], linewidth=0.6, label=kind)
        for kind in FACES
    ]
