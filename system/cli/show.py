"""What commands print: tables for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

PIPE_WIDTH = 160

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def json(value: Any) -> None:
    """Print a value as JSON, indented; bytes are JSON already."""
    import orjson

    parsed = orjson.loads(value) if isinstance(value, bytes) else value
    typer.echo(orjson.dumps(parsed, option=orjson.OPT_INDENT_2).decode())


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table; text is shown as it is, never as markup, and never cut off."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*(Text("" if cell is None else printable(str(cell))) for cell in row))
    console().print(shown)


def printable(text: str) -> str:
    """Return text with what could steer a terminal made visible; its lines stay lines."""
    return "".join(
        letter if letter.isprintable() or letter == "\n" else letter.encode("unicode_escape").decode()
        for letter in text
    )


def console() -> Console:
    """Return where to print; a pipe or file has room for whole lines."""
    from rich.console import Console

    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=PIPE_WIDTH)


def clock(ms: int | None) -> str:
    """Write milliseconds since 1970 as date and time in UTC, for people."""
    if ms is None:
        return ""
    return f"{datetime.fromtimestamp(ms / 1000, tz=UTC):%m-%d %H:%M:%S}.{ms % 1000:03}"


def progress(told: str | None) -> str:
    """Write how far a task says it is."""
    import orjson

    if told is None:
        return ""
    found = orjson.loads(told)
    share = "" if found["done"] is None else f"{found['done']:.0%}"
    return f"{share} {found['text'] or ''} (attempt {found['attempt']}, {clock(found['at'])})".strip()


def first_line(error: str | None) -> str:
    """Return an error without its traceback."""
    return error.partition("\n")[0] if error else ""
