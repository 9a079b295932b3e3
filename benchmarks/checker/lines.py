"""A history as a file of JSON lines in a run's folder, so that the run can be checked again."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, cast

import orjson

from benchmarks.checker.history import Answer, End, Fault, FaultKind, History, Operation, Outcome, Refusal, Run

FILE = "history.jsonl"
PACKED = f"{FILE}.gz"


class UnreadableHistory(Exception):
    """The file is missing, or holds something that is no history."""


def write(history: History, folder: Path) -> Path:
    """Write a history into a run's folder and return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    with path.open("wb") as file:
        file.writelines(orjson.dumps(line) + b"\n" for line in _lines(history))
    return path


def read(folder: Path) -> History:
    """Read a run's history back, be it packed by gzip; raises UnreadableHistory, naming the line."""
    path = folder / FILE
    history = History()
    try:
        with _open(path) as file:
            for number, line in enumerate(file, start=1):
                _take(history, line, f"{path}, line {number}")
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise UnreadableHistory(message) from None
    return history


def _open(path: Path) -> IO[bytes]:
    packed = path.with_name(PACKED)
    if packed.exists() and not path.exists():
        return cast("IO[bytes]", gzip.open(packed))
    return path.open("rb")


def _lines(history: History) -> Iterator[dict[str, Any]]:
    yield {
        "record": "history",
        "drained": history.drained,
        "lease_seconds": history.lease_seconds,
        "ends_are_recorded": history.ends is not None,
    }
    kinds: dict[str, Iterable[Any]] = {
        "operation": history.operations,
        "run": history.runs,
        "end": history.ends or (),
        "refusal": history.refusals,
        "fault": history.faults,
    }
    for kind, records in kinds.items():
        for record in records:
            yield {"record": kind, **asdict(record)}
    for task_id, key in history.keys.items():
        yield {"record": "key", "task_id": task_id, "key": key}
    for task_id in history.leftovers:
        yield {"record": "leftover", "task_id": task_id}


def _take(history: History, line: bytes, where: str) -> None:
    try:
        fields = orjson.loads(line)
        _add(history, fields.pop("record"), fields)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"{where}: no record of a history ({error})"
        raise UnreadableHistory(message) from None


def _add(history: History, kind: str, fields: dict[str, Any]) -> None:
    match kind:
        case "history":
            history.drained, history.lease_seconds = fields["drained"], fields["lease_seconds"]
            history.ends = [] if fields["ends_are_recorded"] else None
        case "operation":
            history.operations.append(Operation(**fields | {"answer": Answer(fields["answer"])}))
        case "run":
            outcome = fields["outcome"]
            history.runs.append(Run(**fields | {"outcome": None if outcome is None else Outcome(outcome)}))
        case "end":
            _ends_of(history).append(End(**fields))
        case "refusal":
            history.refusals.append(Refusal(**fields))
        case "fault":
            history.faults.append(Fault(**fields | {"kind": FaultKind(fields["kind"])}))
        case "key":
            history.keys[fields["task_id"]] = fields["key"]
        case "leftover":
            history.leftovers.append(fields["task_id"])
        case _:
            message = f"unknown kind {kind!r}"
            raise ValueError(message)


def _ends_of(history: History) -> list[End]:
    if history.ends is None:
        message = "an end, though the first line says that ends are not recorded"
        raise ValueError(message)
    return history.ends
