"""The log of an open loop: lines as engine/operations.py reads them, and when each call was meant to go out.

    {"call": "locust-17", "try": 1, "tasks": 1, "sent": 1764000000012, "intended": 1764000000010.0}
    {…the same…, "answer": "acknowledged", "ids": ["0198…"], "answered": 1764000000016.2, "took": 4.1}
    {"missed": 1, "intended": 1764000000020.0}

All are milliseconds, `sent`, `intended` and `answered` since 1970. `took` counts from the moment of sending, which is
`answered` - `took`; `answered` - `intended` is what the schedule's caller had to wait.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks.checker import Answer


@dataclass(frozen=True, slots=True)
class Call:
    """A call of one task on its way; times are milliseconds since 1970."""

    name: str
    intended: float
    sent: float

    def line(self) -> dict[str, Any]:
        """Return what is known of it before it is answered."""
        return {"call": self.name, "try": 1, "tasks": 1, "sent": int(self.sent), "intended": round(self.intended, 3)}


class CallLog:
    """Writes each line at once; without a path, nothing."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab", buffering=0) if path else None

    def sent(self, call: Call) -> None:
        """Note a call that is about to be made."""
        if self._file:
            self._write(call.line())

    def answered(self, call: Call, at: float, *, answer: Answer, ids: Sequence[str], why: str) -> None:
        """Note its answer, at milliseconds since 1970."""
        if self._file:
            line = call.line() | {"answer": answer, "ids": ids, "answered": round(at, 3)}
            self._write(line | {"took": round(at - call.sent, 3)} | ({"why": why} if why else {}))

    def missed(self, intended: float) -> None:
        """Note a call that was due and never made."""
        if self._file:
            self._write({"missed": 1, "intended": round(intended, 3)})

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()

    def _write(self, line: dict[str, Any]) -> None:
        if self._file:
            self._file.write(orjson.dumps(line) + b"\n")
