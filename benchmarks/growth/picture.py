"""The curves of a growth run as one SVG: each cost as a multiple of what it is at the smallest size."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.growth.points import Point, growth
from benchmarks.report.plots import style

NAMES = {
    "backlog": "tasks waiting",
    "workers": "workers registered",
    "rows": "finished tasks in the record",
}
INCHES = 3.4  # a curve


def draw(points: Sequence[Point], file: Path) -> None:
    """Draw one axes for each thing that grows, both scales logarithmic: a flat line is what one wants to see."""
    curves = list(dict.fromkeys(point.curve for point in points))
    made, many = style.figure(INCHES * len(curves), [1] * len(curves), share=False)
    for axes, curve in zip(many, curves, strict=True):
        lines: dict[str, list[tuple[int, float]]] = {}
        for point, multiple in growth(points):
            if point.curve == curve:
                lines.setdefault(point.what, []).append((point.size, multiple))
        for number, (what, line) in enumerate(lines.items()):
            look = style.look(number)
            places, costs = zip(*line, strict=True)
            axes.plot(
                places,
                costs,
                linestyle=look.line,
                marker=look.marker,
                color=look.colour,
                label=what,
                markersize=4,
                fillstyle="full" if number < len(style.LOOKS) else "none",  # where looks repeat
            )
        axes.set_xscale("log")
        axes.set_yscale("log")
        style.label(axes, NAMES[curve], "cost, multiple of the first")
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), **style.LEGEND)
    made.savefig(file, format="svg", transparent=False, facecolor="white")
