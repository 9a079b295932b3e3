"""What a task does, the same under every Python queue, and how it writes down itself that it did it.

A task is a text of 100 characters: one for what to do, eight for its number, the rest is padding. It ends by writing
one byte, the number of its worker, at its own place in the file `marks`: whoever runs the measurement counts the bytes
that are not 0. That costs one `pwrite` a task, about a microsecond, whichever queue and whichever language.
"""

from __future__ import annotations

import asyncio
import json
import mmap
import os
import struct
import time
from collections.abc import Generator
from pathlib import Path
from uuid import uuid4

LENGTH = 100
NOOP, IO, STAMP, LONG = "n", "i", "s", "l"
IO_SECONDS = 0.02
LONG_SECONDS = 3.0
GATE_SECONDS = 0.005

FOLDER = Path(os.environ["PEER_FOLDER"])
WORKER = os.environ.get("PEER_WORKER") or str(os.getpid())
MARK = bytes([int(WORKER) % 256 or 1])
STAMP_BYTES = 8

_marks = os.open(FOLDER / "marks", os.O_RDWR)
_stamps = os.open(FOLDER / "stamps", os.O_RDWR)
_gate = mmap.mmap(os.open(FOLDER / "gate", os.O_RDONLY), 1, prot=mmap.PROT_READ)


def payload(kind: str, number: int) -> str:
    """Make a task."""
    return f"{kind}{number:08d}".ljust(LENGTH, "x")


def run(task: str) -> None:
    """Run a task in a thread or a process."""
    for seconds in _steps(task):
        time.sleep(seconds)


async def arun(task: str) -> None:
    """Run a task on an event loop."""
    for seconds in _steps(task):
        await asyncio.sleep(seconds)


def _steps(task: str) -> Generator[float]:
    """Do what the task says; yields how long to sleep, in the way of whoever runs it."""
    while not _gate[0]:  # closed until all workers are up and the backlog is complete
        yield GATE_SECONDS
    kind, number = task[0], int(task[1:9])
    if kind == STAMP:
        os.pwrite(_stamps, struct.pack("=d", time.time()), STAMP_BYTES * number)
    elif kind == IO:
        yield IO_SECONDS
    elif kind == LONG:
        line = uuid4().hex
        _journal({"run": line, "task": str(number), "worker": WORKER, "pid": os.getpid(), "event": "begin"})
        yield LONG_SECONDS
        _journal({"run": line, "event": "end"})
    os.pwrite(_marks, MARK, number)


def _journal(entry: dict[str, object]) -> None:
    """Append a line of the journal that the checker reads (benchmarks/checker/journal.py)."""
    line = json.dumps({**entry, "at": time.time_ns() // 1_000_000}).encode() + b"\n"
    descriptor = os.open(FOLDER / "journal.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, line)
    finally:
        os.close(descriptor)
