"""What all plots look like: the Okabe-Ito colours with a marker and a line style each, thin axes, units in the labels.

Figures are made through matplotlib's object interface, so they may be made in any thread and in a notebook.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK, QUIET, RULE = "#1a1a1a", "#595959", "#d0d0d0"
BLUE, VERMILION, GREEN, PURPLE, SKY, AMBER = "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00"
"""Okabe and Ito, Color Universal Design, 2008; its yellow is left out, it can't be seen on white."""
WIDTH_INCHES = 6.0  # narrow, with type that stays readable on a telephone
SIZE = 9.0  # points
SMALL = 8.0
LEGEND: dict[str, Any] = {"fontsize": SMALL, "frameon": False, "labelcolor": INK, "handlelength": 2.6}


@dataclass(frozen=True, slots=True)
class Look:
    """How one series is drawn, so that it can be told from the others without colour."""

    colour: str
    line: str
    marker: str
    hatch: str


LOOKS = (
    Look(BLUE, "-", "o", ""),
    Look(VERMILION, "--", "s", "//"),
    Look(GREEN, "-.", "^", "\\\\"),
    Look(PURPLE, ":", "D", "xx"),
    Look(SKY, (0, (5, 1, 1, 1, 1, 1)), "v", ".."),  # type: ignore[arg-type]
    Look(AMBER, (0, (1, 1)), "P", "++"),  # type: ignore[arg-type]
)


def look(number: int) -> Look:
    """Return the look of a figure's series; they repeat after six."""
    return LOOKS[number % len(LOOKS)]


def figure(height: float = 3.2, rows: Sequence[float] = (1,), *, share: bool = True) -> tuple[Figure, list[Axes]]:
    """Return an empty figure, `height` inches high, and its axes from top to bottom; `rows` are their proportions."""
    made = Figure(figsize=(WIDTH_INCHES, height), layout="constrained")
    grid = made.add_gridspec(len(rows), 1, height_ratios=list(rows))
    axes: list[Axes] = []
    for row in range(len(rows)):
        axes.append(made.add_subplot(grid[row, 0], sharex=axes[0] if axes and share else None))
    for one in axes:
        _plain(one)
    for one in axes[:-1] if share else ():
        one.tick_params(labelbottom=False)
    made.patch.set_alpha(0)
    return made, axes


def label(axes: Axes, x: str, y: str) -> None:
    """Name the axes; each name says its unit."""
    axes.set_xlabel(x, fontsize=SIZE, color=INK)
    axes.set_ylabel(y, fontsize=SIZE, color=INK)


def legend(axes: Axes, place: Any = "best") -> None:
    """Explain the series within the axes; there is nothing to explain where nothing has a name."""
    if axes.get_legend_handles_labels()[1]:
        axes.legend(loc=place, **LEGEND)


def legend_above(axes: Axes, columns: int = 4) -> None:
    """Explain the series in a line over the axes, where nothing can hide behind it."""
    if axes.get_legend_handles_labels()[1]:
        axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), borderaxespad=0.2, ncols=columns, **LEGEND)


def legend_outside(made: Figure, handles: Sequence[Any], columns: int) -> None:
    """Explain what is named over the whole figure."""
    made.legend(handles=handles, loc="outside upper left", ncols=columns, **LEGEND)


def _plain(axes: Axes) -> None:
    axes.patch.set_alpha(0)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(QUIET)
        axes.spines[side].set_linewidth(0.8)
    axes.tick_params(labelsize=SMALL, colors=INK, width=0.8, length=3)
    axes.grid(visible=True, axis="y", color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
