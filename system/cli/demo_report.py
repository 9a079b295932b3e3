"""The demo's closing pages: modules, workers, the killed worker's tasks, the verdict."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from system.demo.report import Report

MODULES = 8
TAKEOVERS = 12


def show(console: Console, report: Report, *, crash: bool) -> None:
    """Print everything about a run."""
    _modules(console, report)
    _workers(console, report)
    if crash:
        _takeovers(console, report)
    _verdict(console, report, crash=crash)


def _table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return table


def _modules(console: Console, report: Report) -> None:
    console.print(f"\n[bold]The biggest of {len(report.rows):,} modules[/], {report.total('lines'):,} lines in all")
    figures = ("lines", "functions", "classes", "its lines")
    table = _table("module", *figures[:3], "longest function", figures[3], right=figures)
    for one in report.biggest(MODULES):
        numbers = (f"{one.lines:,}", f"{one.functions:,}", f"{one.classes:,}")
        table.add_row(Text(one.path), *numbers, Text(one.longest_name), f"{one.longest_lines:,}")
    console.print(table)


def _workers(console: Console, report: Report) -> None:
    pace = report.verdict.succeeded / report.seconds if report.seconds else 0.0
    console.print(
        f"[bold]Tasks by worker[/]: {report.verdict.succeeded:,} in {report.seconds:.1f} s, {pace:,.0f} a second"
    )
    table = _table("worker", "tasks", "", right=("tasks",))
    killed = {kill.worker for kill in report.kills}
    for worker, count in report.by_worker():
        table.add_row(worker, f"{count:,}", "[red]killed[/]" if worker in killed else "")
    console.print(table)


def _takeovers(console: Console, report: Report) -> None:
    found = report.takeovers()
    killed = " and ".join(kill.worker for kill in report.kills) or "nobody"
    console.print(f"[bold]What {killed} held when it was killed[/]: {len(found)} tasks, and who ran them instead")
    times = ("taken over after", "done after")
    table = _table("task", *times, "by", right=times)
    for one in found[:TAKEOVERS]:
        table.add_row(Text(one.path), f"{one.taken:.3f} s", f"{one.done:.3f} s", one.heir)
    if len(found) > TAKEOVERS:
        table.add_row(f"… and {len(found) - TAKEOVERS} more", f"≤ {found[-1].taken:.3f} s", "", "")
    console.print(table)


def _verdict(console: Console, report: Report, *, crash: bool) -> None:
    verdict = report.verdict
    figures = (
        f"{report.submitted:,} accepted, {verdict.succeeded:,} succeeded, {verdict.dead:,} dead, {report.lost:,} lost; "
        f"{verdict.killed:,} attempts cut short and made again; "
        f"{verdict.double_successes:,} recorded twice"
    )
    console.print(figures)
    if not report.good:
        console.print(f"[bold red]verdict: NOT GOOD, lost {report.lost:,}[/]")
    elif crash and not report.takeovers():
        console.print("[bold yellow]verdict: nothing lost, but the kill hit a worker that held nothing: try again[/]")
    else:
        console.print("[bold green]verdict: accepted = succeeded, lost 0[/]")
