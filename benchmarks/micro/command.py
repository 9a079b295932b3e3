"""`tasklab-bench micro`: measures each step a task takes, several times, and shows the numbers with their goals."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import orjson
import typer
from rich.console import Console

from benchmarks.environment import environment

WIDTH = 160  # of a table that goes to a file


def micro(
    *,
    parts: Annotated[list[str] | None, typer.Argument(help="What to measure; by default everything.")] = None,
    repeats: Annotated[int, typer.Option(min=1, help="How often each number is measured.")] = 3,
    scale: Annotated[float, typer.Option(min=0.001, help="Of the amount of work; 1 gives steady numbers.")] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print every single value as JSON.")] = False,
) -> None:
    """Measure each step that a task takes: its cost, its spread over repeats, and whether it reaches its goal."""
    from benchmarks.micro.amount import Amount  # noqa: PLC0415 (--help needs none of it)
    from benchmarks.micro.parts import PARTS, measure  # noqa: PLC0415
    from benchmarks.micro.table import table  # noqa: PLC0415
    from system.local.memory import settle  # noqa: PLC0415

    names = parts or list(PARTS)
    if unknown := [name for name in names if name not in PARTS]:
        message = f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}"
        raise typer.BadParameter(message)
    facts = environment()
    settle()  # as the processes do that are measured from within
    console, aside = Console(), Console(stderr=True)
    with aside.status("measuring") as status:
        found = measure(names, Amount(scale), repeats, lambda what: status.update(f"measuring {what}"))
    if as_json:
        print(orjson.dumps({"environment": facts, "series": [asdict(one) for one in found]}).decode())
        return
    console = console if console.is_terminal else Console(width=WIDTH)
    console.print(table(found))
    for name, value in facts.items():
        console.print(f"{name:>8}  {value}", highlight=False)
