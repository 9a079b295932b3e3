"""The table of a run's numbers."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from benchmarks.micro.figures import Series

HUNDRED, TEN = 100, 10
COLOURS = {None: "[not bold]", True: "[green]", False: "[red]"}


def table(found: Sequence[Series]) -> Table:
    """Draw one row a number, with its spread where it was measured more than once."""
    result = Table("what", "median", "lowest to highest", "unit", "goal", "count", "how", title="TaskLab, step by step")
    for number in (1, 2, 4, 5):
        result.columns[number].justify = "right"
    part = ""
    for one in found:
        if one.part != part:
            part = one.part
            result.add_section()
            result.add_row(f"[bold]{part}[/]")
        spread = f"{_number(one.low)} to {_number(one.high)}" if len(one.values) > 1 else ""
        median = f"{COLOURS[one.holds]}{_number(one.median)}[/]"
        result.add_row(one.what, median, spread, one.unit, one.goal or "", f"{one.count:,}", one.how)
    return result


def _number(value: float) -> str:
    if abs(value) >= HUNDRED:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= TEN else f"{value:.2f}"
