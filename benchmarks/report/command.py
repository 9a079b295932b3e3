"""`tasklab-bench report`: the report of any run once more, and `tasklab-bench compare`: two runs, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.checker.lines import FILE, PACKED
from benchmarks.crash.command import report_crash
from benchmarks.records import ResultFolder
from benchmarks.report import write_report
from system.tasks.errors import TaskLabError

NEEDED = "a package is missing ({}): this needs the bench extra, pip install 'tasklab[bench]'"


def report(
    folder: Annotated[Path, typer.Argument(help="A run's folder.")],
    *,
    baseline: Annotated[Path | None, typer.Option(help="The folder of an earlier run to compare with.")] = None,
) -> None:
    """Write a run's report anew from its raw records; the records of a crash run are judged once more.

    Exit code of a crash run: its verdict, 0 valid, 1 invalid, 2 unknown.
    """
    if is_crash(folder):
        raise typer.Exit(report_crash(folder, Console())["exit_code"])
    earlier = ResultFolder(baseline) if baseline else None
    try:
        path = write_report(ResultFolder(folder), earlier)
    except ModuleNotFoundError as error:
        raise TaskLabError(NEEDED.format(error.name)) from None
    Console().print(f"report: {path}", highlight=False, soft_wrap=True)


def is_crash(folder: Path) -> bool:
    """Whether it is the folder of a crash run, which holds one history and no trials."""
    return any((folder / name).exists() for name in (FILE, PACKED))


def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="The earlier run's folder.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="The later one's.")],
) -> None:
    """Compare two runs point by point. Exit code 1: B is worse than noise can explain, 0: it is not."""
    try:
        from benchmarks.analysis.compare import compare as differences  # noqa: PLC0415 (numpy takes its time)
        from benchmarks.report.differences import COLUMNS, reasons, rows, words  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise TaskLabError(NEEDED.format(error.name)) from None
    found = differences(ResultFolder(a), ResultFolder(b), seed=0)
    console = Console()
    table = Table(*COLUMNS[:-1], title=words(found), box=None)
    for number, column in enumerate(COLUMNS[:-1]):
        table.columns[number].header = column.removeprefix("#")
        table.columns[number].justify = "right" if column.startswith("#") else "left"
    for row in rows(found):
        table.add_row(*map(str, row[:-1]))
    console.print(table)
    for line in reasons(found):
        console.print(line, highlight=False, soft_wrap=True)
    raise typer.Exit(found.exit_code)
