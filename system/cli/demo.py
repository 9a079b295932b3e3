"""`tasklab demo`: the main job, with everything one wants to see of it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from system.cli import show

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from system.demo.run import Progress as Stand
    from system.demo.run import Watch


def demo(
    *,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 3,
    crash: Annotated[bool, typer.Option("--crash/--no-crash", help="Kill a worker in the middle.")] = True,
) -> None:
    """Index the standard library with several workers, kill one of them in the middle, lose nothing."""
    from system.cli import demo_report
    from system.demo.run import run
    from system.wiring import load_settings

    console = show.console()
    console.print(
        f"[bold]TaskLab demo[/]: {workers} worker processes index Python's standard library, one task a file."
    )
    with tempfile.TemporaryDirectory(prefix="tasklab-demo-") as folder, _progress(console) as progress:
        report = run(load_settings(), Path(folder), workers=workers, crash=crash, watch=_watch(console, progress))
    demo_report.show(console, report, crash=crash)
    if not report.good or (crash and not report.takeovers()):
        raise typer.Exit(1)


def _progress(console: Console) -> Progress:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(None),
        MofNCompleteColumn(),
        TextColumn("files"),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console, disable=not console.is_terminal)  # a pipe gets no bar, only the lines


def _watch(console: Console, progress: Progress) -> Watch:
    bar = progress.add_task("starting", total=None)
    told = -1

    def watch(stand: Stand) -> None:
        nonlocal told
        if told < 0:
            progress.reset(bar, description="indexing", total=stand.total)
        for kill in stand.kills[max(told, 0) :]:
            console.print(
                f"[bold red]kill -9[/] {kill.worker} (pid {kill.pid}) after {stand.done} of {stand.total} files"
            )
        told = len(stand.kills)
        progress.update(bar, completed=stand.done)

    return watch
