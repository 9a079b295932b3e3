"""A result folder: everything a report is made from, so that it can be made again.

scenario.toml            what was asked for, as it was read
run.json                 command, seed, commit, environment, how it ended
trials.jsonl             a line a trial, written as each one ends: Ctrl-C keeps what was measured
requests.jsonl.gz, tasks.jsonl.gz, attempts.jsonl.gz, samples.jsonl.gz, faults.jsonl.gz
histories/NN/            what the checker judged, a folder a trial
report.html, report.md   made from the rest by `tasklab-bench report`
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import orjson

from benchmarks.records.records import (
    AttemptRecord,
    FaultRecord,
    Record,
    RequestRecord,
    SampleRecord,
    TaskRecord,
    TrialRecord,
)
from system.tasks.errors import TaskLabError

FILES: dict[type[Any], str] = {
    TrialRecord: "trials.jsonl",
    RequestRecord: "requests.jsonl.gz",
    TaskRecord: "tasks.jsonl.gz",
    AttemptRecord: "attempts.jsonl.gz",
    SampleRecord: "samples.jsonl.gz",
    FaultRecord: "faults.jsonl.gz",
}
RUN, SCENARIO = "run.json", "scenario.toml"

R = TypeVar("R", bound=Record)


class UnreadableResults(TaskLabError):
    """There are no results in a folder, or not ones of this release."""


class ResultFolder:
    """Reads and writes the records of a run; `path` need not exist yet."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, records: Iterable[Record]) -> None:
        """Append records, each kind to its file; what was written before stays, whatever happens."""
        self.path.mkdir(parents=True, exist_ok=True)
        lines: dict[str, list[bytes]] = {}
        for record in records:
            lines.setdefault(FILES[type(record)], []).append(orjson.dumps(asdict(record)) + b"\n")
        for name, kind in lines.items():
            data = b"".join(kind)
            with (self.path / name).open("ab") as file:
                file.write(
                    gzip.compress(data, 5) if name.endswith(".gz") else data
                )  # gzip files may be strung together

    def read(self, kind: type[R]) -> list[R]:
        """Return all records of a kind, in the order they were written; empty where there are none."""
        path = self.path / FILES[kind]
        if not path.exists():
            return []
        data = path.read_bytes()
        try:
            lines = (gzip.decompress(data) if path.suffix == ".gz" else data).splitlines()
            return [kind(**orjson.loads(line)) for line in lines]
        except (ValueError, TypeError, EOFError, OSError) as error:
            message = f"{path}: not records of this release ({error})"
            raise UnreadableResults(message) from None

    def write_run(self, run: dict[str, Any]) -> None:
        """Write what was run, on what, and how it went."""
        self.path.mkdir(parents=True, exist_ok=True)
        (self.path / RUN).write_bytes(orjson.dumps(run, option=orjson.OPT_INDENT_2))

    def read_run(self) -> dict[str, Any]:
        """Read it; raises UnreadableResults."""
        try:
            run: dict[str, Any] = orjson.loads((self.path / RUN).read_bytes())
        except (OSError, ValueError) as error:
            message = f"{self.path / RUN}: no results of a run ({error})"
            raise UnreadableResults(message) from None
        return run
