"""What clients did and were told, as JSON lines: one before each call, one after it.

    {"call": "http-17", "try": 1, "tasks": 40, "sent": 1764000000000}
    {…the same…, "answered": 1764000000012, "answer": "acknowledged", "ids": ["0198…", …]}

A call whose second line is missing had no answer: its client, or the whole run, was ended meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from benchmarks.checker import Answer, Operation


def mark_of(call: str, index: int) -> str:
    """Name a call's task as its client does; it is the idempotency key of a single task."""
    return f"{call}/{index}"


class OperationLog:
    """Writes the lines, each at once."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab", buffering=0)

    def sent(self, call: str, attempt: int, tasks: int, sent: int) -> None:
        """Note a call that is about to be made."""
        self._write({"call": call, "try": attempt, "tasks": tasks, "sent": sent})

    def answered(
        self, call: str, attempt: int, tasks: int, sent: int, *, answer: Answer, ids: Sequence[str], why: str
    ) -> None:
        """Note its answer; `ids` are empty where the client was given none, `why` says so."""
        line = {"call": call, "try": attempt, "tasks": tasks, "sent": sent, "answered": time.time_ns() // 1_000_000}
        line |= {"answer": answer, "ids": ids}
        self._write(line | {"why": why} if why else line)

    def missed(self, calls: int) -> None:
        """Note how many calls were not made because too many others were under way."""
        self._write({"missed": calls})

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(orjson.dumps(line) + b"\n")


def read_calls(path: Path) -> list[dict[str, Any]]:
    """Read every try of every call, answered or not, in the order of their sending."""
    calls: dict[tuple[str, int], dict[str, Any]] = {}
    whole = path.read_bytes().rpartition(b"\n")[0]
    for line in whole.splitlines():
        entry: dict[str, Any] = orjson.loads(line)
        if "call" in entry:
            calls[entry["call"], entry["try"]] = entry
    return list(calls.values())


def operations(path: Path) -> Iterator[Operation]:
    """Read what clients did and were told, task by task."""
    for call in read_calls(path):
        answer, ids = Answer(call.get("answer", Answer.UNKNOWN)), call.get("ids") or ()
        for index in range(call["tasks"]):
            task_id = ids[index] if ids else None
            yield Operation(key=mark_of(call["call"], index), sent_at=call["sent"], answer=answer, task_id=task_id)
