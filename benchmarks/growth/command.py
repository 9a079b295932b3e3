"""`tasklab-bench growth`: what things cost as the work grows, as a table, a picture and a file."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from benchmarks.environment import environment
from system.tasks.errors import TaskLabError

RESULTS = Path(".tasklab/results")
NEEDED = "a package is missing ({}): this needs the bench extra, pip install 'tasklab[bench]'"
CURVES = ("backlog", "workers", "rows")
BYTES_A_ROW = 1_000  # of disk, with indexes, attempts and some spare
QUICK = 1_000
WIDTH = 160  # of a table that goes to a file


def growth(
    *,
    curves: Annotated[list[str] | None, typer.Argument(help="backlog, workers, rows; by default all.")] = None,
    backlog: Annotated[int, typer.Option(min=QUICK, help="The longest backlog.")] = 1_000_000,
    workers: Annotated[int, typer.Option(min=1, help="The most workers.")] = 100,
    rows: Annotated[
        int, typer.Option(min=QUICK, help="The most finished tasks; about 0.7 kB of disk each.")
    ] = 1_000_000,
    quick: Annotated[bool, typer.Option("--quick", help="A thousand of everything: to try the program.")] = False,
    out: Annotated[Path | None, typer.Option(help=f"The run's folder; by default a new one in {RESULTS}.")] = None,
) -> None:
    """Measure what a task, a call or a page costs at a tenth, a hundredth … of the given sizes, and at these."""
    try:
        from benchmarks.growth import backlog as waiting  # noqa: PLC0415 (--help needs none of it)
        from benchmarks.growth import picture, table  # noqa: PLC0415
        from benchmarks.growth import rows as record  # noqa: PLC0415
        from benchmarks.growth import workers as registered  # noqa: PLC0415
    except ImportError as error:
        raise TaskLabError(NEEDED.format(error.name)) from None

    parts = {
        "backlog": (waiting.measure, backlog),
        "workers": (registered.measure, workers),
        "rows": (record.measure, rows),
    }
    names = curves or list(CURVES)
    if unknown := [name for name in names if name not in CURVES]:
        message = f"no such curve: {', '.join(unknown)}; there are {', '.join(CURVES)}"
        raise typer.BadParameter(message)
    folder = (out or RESULTS / f"growth-{datetime.now(UTC):%Y%m%d-%H%M%S}").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    _check_disk(folder, rows if "rows" in names and not quick else 0)
    facts, points = environment(), []
    try:
        with Console(stderr=True).status("measuring") as status:
            for name in names:
                measure, most = parts[name]
                status.update(f"measuring {name}")
                points += measure(sizes(min(most, QUICK) if quick else most), folder / "data" / name)
    finally:
        shutil.rmtree(folder / "data", ignore_errors=True)
    (folder / "growth.json").write_bytes(
        orjson.dumps({"environment": facts, "points": [asdict(one) for one in points]}, option=orjson.OPT_INDENT_2)
    )
    picture.draw(points, folder / "growth.svg")
    console = Console()
    console = console if console.is_terminal else Console(width=WIDTH)
    console.print(table.table(points))
    console.print(f"{folder / 'growth.json'}, and growth.svg beside it", highlight=False, soft_wrap=True)


def sizes(most: int) -> list[int]:
    """Return powers of ten times `most`, from a hundredth of it up: below a thousand tasks nothing is told."""
    least = min(most, QUICK if most > QUICK else 1)
    return sorted({max(least, most // 100), max(least, most // 10), most})


def _check_disk(folder: Path, rows: int) -> None:
    free = shutil.disk_usage(folder).free
    if rows * BYTES_A_ROW > free:
        message = f"{rows:,} rows need some {rows * BYTES_A_ROW / 1e9:.0f} GB of disk, {free / 1e9:.0f} are free"
        raise TaskLabError(message)
