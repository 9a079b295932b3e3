"""`tasklab-bench crash`: the soak, and its report, which can be had once more."""

from __future__ import annotations

import shlex
import shutil
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from benchmarks.checker import Verdict, check, table
from benchmarks.crash.report import markdown
from benchmarks.crash.soak import soak
from benchmarks.crash.summary import summarise
from benchmarks.crash.trial import Faults, Trial
from benchmarks.engine.folder import load, save
from benchmarks.engine.system import DatabaseKind, Shape
from benchmarks.environment import environment

RESULTS = Path(".tasklab/results")


class QueueKind(StrEnum):
    """The queues that can be tried."""

    LEASES = "leases"
    BRPOP = "brpop"
    STREAMS = "streams"


def crash(
    *,
    minutes: Annotated[float, typer.Option(min=0.1, help="How long load and faults last.")] = 2.0,
    seed: Annotated[int, typer.Option(help="Decides load and faults.")] = 1,
    queue: Annotated[QueueKind, typer.Option(help="Kind of queue.")] = QueueKind.LEASES,
    database: Annotated[DatabaseKind, typer.Option(help="Where the record is.")] = DatabaseKind.SQLITE,
    workers: Annotated[int, typer.Option(min=2, help="Worker processes, half of them without a supervisor.")] = 6,
    rate: Annotated[float, typer.Option(min=1, help="Tasks a second, on average.")] = 200.0,
    kills: Annotated[float, typer.Option(min=0, help="Workers killed a minute.")] = 48.0,
    lease: Annotated[float, typer.Option(min=0.5, help="Seconds of a lease.")] = 2.5,
    faults: Annotated[
        Faults | None, typer.Option(help="By default all, and workers alone for a queue that SQL can't rebuild.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help=f"The run's folder; by default a new one in {RESULTS}.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the system's data also where all is well.")] = False,
) -> None:
    """Break a system under load at random, let it come to rest, and look whether anything was lost.

    Ctrl-C ends load and faults early; what was measured is judged all the same. Exit code 0: valid, 1: invalid,
    2: unknown.
    """
    shape = Shape(queue=queue.value, database=database, workers=workers, lease_seconds=lease)
    faults = faults or (Faults.ALL if queue is QueueKind.LEASES else Faults.WORKERS)
    trial = Trial(minutes=minutes, seed=seed, shape=shape, rate=rate, faults=faults, kills_per_minute=kills)
    folder = (out or RESULTS / f"crash-{datetime.now(UTC):%Y%m%d-%H%M%S}").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    facts = environment()
    history, course = soak(trial, folder, console := Console())
    command = shlex.join(["tasklab-bench", *sys.argv[1:]])
    save(folder, history, {"command": command, "trial": asdict(trial), "environment": facts, "course": asdict(course)})
    summary = report_crash(folder, console)
    if summary["verdict"] == Verdict.VALID and not keep:
        shutil.rmtree(folder / "system")
    raise typer.Exit(summary["exit_code"])


def report_crash(folder: Path, console: Console) -> dict[str, Any]:
    """Judge a crash run's records, once more if need be, write its report and return its figures."""
    console.print("judging the records", highlight=False)
    history, run = load(folder)
    found = check(history)
    summary = summarise(history, found, run)
    (folder / "summary.json").write_bytes(orjson.dumps(summary, option=orjson.OPT_INDENT_2))
    (folder / "report.md").write_text(markdown(summary), "utf-8")
    console.print(table(found))
    console.print(f"report: {folder / 'report.md'}", highlight=False, soft_wrap=True)
    return summary
