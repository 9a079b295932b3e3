"""What task bodies wrote down themselves: the source of runs where a queue keeps no record (the peers, `brpop`).

One JSON line when a body begins, one when it comes to its end:

    {"run": "b1f0…", "task": "17", "worker": "host:4711", "at": 1764000000000, "event": "begin"}
    {"run": "b1f0…", "at": 1764000000020, "event": "end"}

Any language can write it: one append a line, and the time is the machine's clock in ms.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from benchmarks.checker.history import History, Outcome, Run


@contextmanager
def journaled(path: Path, *, task: str, worker: str) -> Iterator[None]:
    """Write down that a body begins and, unless it raises or is killed, that it came to its end."""
    run = uuid4().hex
    _append(path, {"run": run, "task": task, "worker": worker, "at": _now(), "event": "begin"})
    yield
    _append(path, {"run": run, "at": _now(), "event": "end"})


def from_journal(path: Path) -> History:
    """Read the runs; a run without an end was killed or raised. A line cut off at the file's end is left out."""
    runs: dict[str, Run] = {}
    whole = path.read_bytes().rpartition(b"\n")[0]
    for line in whole.splitlines():
        entry: dict[str, Any] = json.loads(line)
        if entry["event"] == "begin":
            runs[entry["run"]] = Run(task_id=entry["task"], worker=entry["worker"], started_at=entry["at"])
        else:
            runs[entry["run"]] = replace(runs[entry["run"]], ended_at=entry["at"], outcome=Outcome.RETURNED)
    return History(runs=list(runs.values()))


def _append(path: Path, entry: dict[str, Any]) -> None:
    # One write to a file opened for appending: lines of many processes don't mix, and a kill leaves no half of one.
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, json.dumps(entry).encode() + b"\n")
    finally:
        os.close(descriptor)


def _now() -> int:
    return time.time_ns() // 1_000_000
