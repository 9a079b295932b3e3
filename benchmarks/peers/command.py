"""`tasklab-bench peers`: TaskLab beside other queues."""

from __future__ import annotations

import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.peers.catalogue import BY_NAME
from system.tasks.errors import TaskLabError

RESULTS = Path(".tasklab/results")
CUT_SHORT = 130  # what a shell calls a command that Ctrl-C ended


def peers(
    *,
    only: Annotated[str, typer.Option(help=f"Some of {', '.join(BY_NAME)}; by default all.")] = "",
    rounds: Annotated[int, typer.Option(min=1, help="How often each is measured.")] = 3,
    quick: Annotated[
        bool, typer.Option("--quick", help="One short round: shows that all work, its numbers say little.")
    ] = False,
    crash: Annotated[bool, typer.Option(help="Kill workers, too.")] = True,
    speed: Annotated[bool, typer.Option(help="Measure speed.")] = True,
    watch: Annotated[float, typer.Option(min=1, help="Seconds to wait for a dead worker's task to run again.")] = 120.0,
    at_once: Annotated[int, typer.Option(min=1, help="Crash trials that run at the same time.")] = 64,
    seed: Annotated[int, typer.Option(help="Decides the order.")] = 1,
    out: Annotated[Path | None, typer.Option(help=f"Result folder; by default a new one in {RESULTS}.")] = None,
) -> None:
    """Measure TaskLab and a dozen other queues side by side: speed, and what a killed worker's task comes to.

    Each queue gets an environment of its own in .tasklab/peers, installed when it is first needed. Ctrl-C keeps what
    was measured.
    """
    from benchmarks.peers.rounds import Plan  # noqa: PLC0415 (the command line is quick as long as nobody measures)
    from benchmarks.peers.run import Run  # noqa: PLC0415
    from benchmarks.peers.throughput import QUICK, Effort  # noqa: PLC0415

    names = chosen(only)
    console = Console()
    folder = (out or RESULTS / f"peers-{datetime.now(UTC):%Y%m%d-%H%M%S}").absolute()
    plan = Plan(1, QUICK, seed) if quick else Plan(rounds, Effort(), seed)
    run = Run(folder, names, console, command=shlex.join(["tasklab-bench", *sys.argv[1:]]))
    try:
        run.prepare()
        if speed:
            run.measure(plan)
        if crash:
            run.kill(watch, at_once)
    except KeyboardInterrupt:
        run.write(ended="cut short by Ctrl-C")
        raise typer.Exit(CUT_SHORT) from None
    run.write(ended="complete")


def chosen(only: str) -> list[str]:
    """Return the queues that a list names, all for an empty one. Raises TaskLabError."""
    names = [name.strip() for name in only.split(",") if name.strip()]
    if unknown := [name for name in names if name not in BY_NAME]:
        message = f"no such queue: {', '.join(unknown)}; there are {', '.join(BY_NAME)}"
        raise TaskLabError(message)
    return names or list(BY_NAME)
