"""The table of a growth run."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from benchmarks.growth.points import Point, growth

SHARP = 10


def table(points: Sequence[Point]) -> Table:
    """Draw one row a cost, one column a size; in brackets the multiple of the smallest size's."""
    sizes = sorted({point.size for point in points})
    result = Table("", "unit", *(f"{size:,}" for size in sizes), title="Cost as the work grows")
    rows: dict[tuple[str, str, str], dict[int, str]] = {}
    for point, multiple in growth(points):
        row = rows.setdefault((point.curve, point.what, point.unit), {})
        row[point.size] = f"{_number(point.value)} ({multiple:.2f} x)"
    curve = ""
    for (name, what, unit), cells in rows.items():
        if name != curve:
            curve = name
            result.add_section()
            result.add_row(f"[bold]{curve}[/]")
        result.add_row(what, unit, *(cells.get(size, "") for size in sizes))
    for column in result.columns[2:]:
        column.justify = "right"
    return result


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= SHARP * SHARP else f"{value:.1f}" if value >= SHARP else f"{value:.2f}"
