"""What all pictures look like, made for the last row: type of 14 points and more, thick lines, few words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK, QUIET, RULE = "#1a1a1a", "#595959", "#d0d0d0"
BLUE, VERMILION, GREEN, PURPLE, SKY, AMBER = "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00"
"""Okabe and Ito, Color Universal Design, 2008."""
COLOURS = (BLUE, VERMILION, GREEN, PURPLE, SKY, AMBER)
MARKERS = ("o", "s", "^", "D", "v", "P")
LINES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (5, 1, 1, 1)), (0, (1, 1)))
WIDTH = 11.0
BIG, MEDIUM = 16, 14
PREDICTED: dict[str, Any] = {"color": PURPLE, "marker": "*", "markersize": 20, "markeredgecolor": INK, "linestyle": ""}
"""A student's prediction, the same star in every picture."""


def figure(height: float = 5.0, columns: int = 1, rows: int = 1, **options: Any) -> tuple[Figure, list[Axes]]:
    """Return an empty figure, `height` inches high, and its axes row by row."""
    made = Figure(figsize=(WIDTH, height), layout="constrained")
    axes = list(made.subplots(rows, columns, squeeze=False, **options).flat)
    for one in axes:
        _plain(one)
    return made, axes


def label(axes: Axes, x: str = "", y: str = "", title: str = "") -> None:
    """Name the axes, with their units."""
    axes.set_xlabel(x, fontsize=BIG, color=INK)
    axes.set_ylabel(y, fontsize=BIG, color=INK)
    if title:
        axes.set_title(title, fontsize=BIG, color=INK, loc="left", fontweight="bold")


def legend(axes: Axes, **options: Any) -> None:
    """Explain the series, inside the axes."""
    axes.legend(fontsize=MEDIUM, frameon=True, framealpha=0.9, edgecolor=RULE, **options)


def legend_below(made: Figure, handles: Sequence[Any], columns: int = 4) -> None:
    """Explain the series below the axes, where nothing can hide behind it."""
    made.legend(handles=list(handles), loc="outside lower center", ncols=columns, fontsize=MEDIUM, frameon=False)


def say(axes: Axes, x: float, y: float, text: str, colour: str = INK, **options: Any) -> None:
    """Write into a picture, on a ground that keeps it readable."""
    ground = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 2}
    axes.text(x, y, text, fontsize=MEDIUM, color=colour, bbox=ground, **{"va": "center", "zorder": 6, **options})


def killed(axes: Axes, at: float, text: str = "kill -9") -> None:
    """Mark a kill through the whole height."""
    axes.axvline(at, color=INK, linewidth=2, linestyle=(0, (4, 2)), zorder=4)
    axes.text(at, 1.01, f"✗ {text}", transform=axes.get_xaxis_transform(), fontsize=MEDIUM, ha="center", va="bottom")


def _plain(axes: Axes) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(labelsize=MEDIUM, colors=INK)
    axes.grid(visible=True, color=RULE, linewidth=0.7)
    axes.set_axisbelow(True)
