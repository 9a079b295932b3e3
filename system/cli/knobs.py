"""The end of `tasklab --help`: every environment variable that TaskLab reads."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup


class HelpWithKnobs(TyperGroup):
    """A group whose help closes with the table of knobs."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the usual help, then the table."""
        from rich import box
        from rich.console import Console
        from rich.table import Table

        from system.wiring import knobs

        super().format_help(ctx, formatter)
        table = Table(
            "variable",
            "default",
            "what it does",
            title="Environment (all optional)",
            title_justify="left",
            box=box.SIMPLE_HEAD,
        )
        for variable, default, about in knobs():
            table.add_row(variable, default, about)
        Console().print(table)
