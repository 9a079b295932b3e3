"""`tasklab-bench run`, `list` and `sweep`: scenarios from the command line."""

from __future__ import annotations

import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.records import ResultFolder, TrialRecord
from system.tasks.errors import TaskLabError

RESULTS = Path(".tasklab/results")
NEEDED = "a package is missing ({}): this needs the bench extra, pip install 'tasklab[bench]'"

Changes = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change the scenario, as system.queue=brpop.")
]
Repeats = Annotated[int | None, typer.Option(min=1, help="Trials of each point.")]
Seed = Annotated[int | None, typer.Option(help="Decides load, faults, and the order of the trials.")]
Out = Annotated[Path | None, typer.Option(help=f"The run's folder; by default a new one in {RESULTS}.")]
Quick = Annotated[bool, typer.Option("--quick", help="Small and short, to see that it works.")]


def run(
    scenario: Annotated[str, typer.Argument(help="Name of a scenario (see `list`), or a TOML file.")],
    *,
    changes: Changes = None,
    repeats: Repeats = None,
    seed: Seed = None,
    out: Out = None,
    quick: Quick = False,
) -> None:
    """Run a scenario: start systems, load them, break them if it says so, judge every trial, write a report.

    Ctrl-C ends it and keeps the trials that were finished. Exit code of the worst verdict: 0 valid, 1 invalid,
    2 unknown.
    """
    given = [f"{key}={value}" for key, value in (("repeats", repeats), ("seed", seed)) if value is not None]
    _run(scenario, None, [*(changes or []), *given], out, quick=quick)


def sweep(
    *,
    workers: Annotated[str, typer.Option(help="Numbers of worker processes.")] = "1,2,4",
    mix: Annotated[str, typer.Option(help="Mixes of tasks: noop, io-20ms, cpu-5ms (any number), mixed.")] = "io-20ms",
    concurrency: Annotated[str, typer.Option(help="Tasks a worker runs at once.")] = "4",
    tasks: Annotated[int, typer.Option(min=1, help="Tasks of the backlog, for each worker.")] = 2_600,
    changes: Changes = None,
    repeats: Repeats = None,
    seed: Seed = None,
    out: Out = None,
    quick: Quick = False,
) -> None:
    """Drain a backlog with several numbers of workers: a scaling scenario of your own."""
    text = f"""
        name = "sweep"
        question = "How does throughput change over these points?"
        seconds = 60
        repeats = 3
        control = true
        workers = [{workers}]
        warm_up = 1.0
        system.concurrency = [{concurrency}]
        load = [{{ kind = "backlog", tasks_per_worker = {tasks} }}]
    """
    given = [f"{key}={value}" for key, value in (("repeats", repeats), ("seed", seed)) if value is not None]
    _run("sweep", text, [f"mixes={mix}", *(changes or []), *given], out, quick=quick)


def list_scenarios() -> None:
    """List the scenarios that ship: what each one asks, and how long it takes."""
    from benchmarks.engine.points import points  # noqa: PLC0415 (as below)
    from benchmarks.engine.reading import read, shipped  # noqa: PLC0415

    table = Table("scenario", "question", "takes", "points x repeats", box=None)
    for name in shipped():
        scenario = read(name)
        minutes, seconds = divmod(round(scenario.seconds), 60)
        trials = f"{len(points(scenario))} x {scenario.repeats}"
        table.add_row(name, scenario.question, f"{minutes}:{seconds:02}", trials)
    Console().print(table)


def _run(name: str, text: str | None, changes: list[str], out: Path | None, *, quick: bool) -> None:
    # Imported when it is needed, so that `--help` is quick.
    try:
        from benchmarks.engine import reading  # noqa: PLC0415
        from benchmarks.engine.run import run as run_trials  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise TaskLabError(NEEDED.format(error.name)) from None
    if text is None:
        given = reading.read(name, changes, quick=quick)
    else:
        given = reading.from_text(text, name, changes, quick=quick)
    folder = ResultFolder((out or RESULTS / f"{given.name}-{datetime.now(UTC):%Y%m%d-%H%M%S}").absolute())
    code = run_trials(given, folder, console := Console(), command=_command(sys.argv[1:]))
    if folder.read(TrialRecord):
        _report(folder, console)
    raise typer.Exit(code)


def _command(arguments: list[str]) -> str:
    """Return the command without places of this machine, which a report is not to tell."""
    kept: list[str] = []
    skip = False
    for argument in arguments:
        if not skip and argument != "--out" and not argument.startswith("--out="):
            kept.append(Path(argument).name if argument.endswith(".toml") else argument)
        skip = argument == "--out"
    return shlex.join(["tasklab-bench", *kept])


def _report(folder: ResultFolder, console: Console) -> None:
    console.print(f"records: {folder.path}", highlight=False, soft_wrap=True)
    try:
        from benchmarks.report import write_report  # noqa: PLC0415

        path = write_report(folder)
    except ModuleNotFoundError as error:
        console.print(f"no report: {NEEDED.format(error.name)}", highlight=False, soft_wrap=True)
        return
    console.print(f"report: {path}", highlight=False, soft_wrap=True)
