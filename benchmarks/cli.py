"""`tasklab-bench`: checked runs, and their reports."""

from __future__ import annotations

import sys

import typer

from benchmarks.checker import UnreadableHistory, Verdict
from benchmarks.crash.command import crash
from benchmarks.engine.command import list_scenarios, run, sweep
from benchmarks.growth.command import growth
from benchmarks.micro.command import micro
from benchmarks.peers.command import peers
from benchmarks.report.command import compare, report
from system.tasks.errors import TaskLabError

app = typer.Typer(
    name="tasklab-bench",
    help="Runs TaskLab under load and faults, and judges what became of every task.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("run")(run)
app.command("list")(list_scenarios)
app.command("sweep")(sweep)
app.command("crash")(crash)
app.command("report")(report)
app.command("compare")(compare)
app.command("micro")(micro)
app.command("growth")(growth)
app.command("peers")(peers)


def main() -> None:
    """Run the command line. Exit code 0: valid, 1: invalid, 2: unknown, or an error (one line)."""
    try:
        app(prog_name="tasklab-bench")
    except (TaskLabError, UnreadableHistory) as error:
        sys.stderr.write(f"tasklab-bench: {error}\n")
        sys.exit(Verdict.UNKNOWN.exit_code)
