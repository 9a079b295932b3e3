"""The files that task bodies write: who has run, when it began, and the gate that holds them back."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.checker import History, from_journal

ROOM = 1_000_000  # tasks
STAMP_BYTES = 8
NOOP, IO, LONG = "n", "i", "l"  # kinds of tasks, as in inside/body.py
OPEN, CLOSED = b"\x01", b"\x00"


class Marks:
    """What inside/body.py describes, seen from outside. A context manager."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._marks = _map(folder / "marks", ROOM)
        self._stamps = _map(folder / "stamps", ROOM * STAMP_BYTES)
        self._gate = _map(folder / "gate", 1)
        self.open_gate()

    def open_gate(self) -> None:
        """Let tasks run."""
        self._gate[0:1] = OPEN

    def close_gate(self) -> None:
        """Let tasks begin, and wait in their first line."""
        self._gate[0:1] = CLOSED

    def clear(self, count: int) -> None:
        """Forget who has run, for tasks 0 to `count`."""
        self._marks[:count] = bytes(count)

    def done(self, count: int) -> int:
        """Return how many of the tasks 0 to `count` have run."""
        return count - self._marks[:count].count(0)

    def workers(self, count: int) -> set[int]:
        """Return the numbers of the workers that ran them."""
        return set(self._marks[:count]) - {0}

    def starts(self, count: int) -> list[float]:
        """Return when the tasks 0 to `count` began, in seconds since 1970."""
        return list(struct.unpack(f"={count}d", self._stamps[: count * STAMP_BYTES]))

    def journal(self) -> History:
        """Return the runs that bodies have written down so far."""
        path = self._folder / "journal.jsonl"
        return from_journal(path) if path.exists() else History()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in (self._marks, self._stamps, self._gate):
            one.close()


def _map(path: Path, size: int) -> mmap.mmap:
    with path.open("w+b") as file:
        file.truncate(size)
        return mmap.mmap(file.fileno(), size)
