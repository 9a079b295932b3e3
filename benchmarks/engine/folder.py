"""A run's folder: everything a report is made from, so that it can be made again.

history.jsonl.gz      what the checker judges: operations, runs, ends, faults, refusals, leftovers
run.json              what was run, on what, and how it went
operations-*.jsonl.gz what each client did and was told
system/               data and logs of the system itself; thrown away where nothing went wrong
summary.json, report.md   made from the first two
"""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path
from typing import Any

import orjson

from benchmarks.checker import History
from benchmarks.checker.lines import UnreadableHistory, read, write

RUN = "run.json"
LEVEL = 5  # of compression: half the time of the best, nearly its size


def save(folder: Path, history: History, run: dict[str, Any]) -> None:
    """Write the records of a run."""
    (folder / RUN).write_bytes(orjson.dumps(run, option=orjson.OPT_INDENT_2))
    for path in (write(history, folder), *folder.glob("operations-*.jsonl")):
        compress(path)


def load(folder: Path) -> tuple[History, dict[str, Any]]:
    """Read the records of a run; raises UnreadableHistory."""
    try:
        run: dict[str, Any] = orjson.loads((folder / RUN).read_bytes())
    except (OSError, ValueError) as error:
        message = f"{folder / RUN}: no records of a run ({error})"
        raise UnreadableHistory(message) from None
    return read(folder), run


def compress(path: Path) -> None:
    """Pack a file by gzip; it is gone afterwards."""
    with path.open("rb") as plain, gzip.open(f"{path}.gz", "wb", LEVEL) as packed:
        shutil.copyfileobj(plain, packed)
    path.unlink()
