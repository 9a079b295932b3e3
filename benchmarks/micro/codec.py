"""What JSON costs: a task's body and a history entry, written and read; no Redis and no SQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson

from benchmarks.micro.amount import Amount, tasks
from benchmarks.micro.figures import Figure
from benchmarks.micro.spent import MICRO, spent
from system.queues.codec import decode, decode_entry, encode
from system.storage.fold import Fold
from system.tasks.task import Task

WORKER = "worker-1.0a1b"
BATCH = 100


def measure(amount: Amount, _: Path) -> list[Figure]:
    """Measure this process's CPU time."""
    some = tasks(amount.of(20_000, BATCH))
    bodies = [encode(task) for task in some]
    entries = [_entry(some[start : start + BATCH]) for start in range(0, len(some), BATCH)]
    batches = [decode_entry("default", b"1764000000000-0", entry) for entry in entries]
    return [
        _figure("encode a task", len(some), lambda: [encode(task) for task in some]),
        _figure(
            "decode a task",
            len(some),
            lambda: [decode("default", task.id, body) for task, body in zip(some, bodies, strict=True)],
        ),
        _figure(
            "decode its history",
            len(some),
            lambda: [decode_entry("default", b"1764000000000-0", entry) for entry in entries],
            f"claimed and succeeded, entries of {BATCH} tasks",
        ),
        _figure("fold its history", len(some), lambda: Fold(batches), "the same, into one change a task"),
    ]


def _figure(what: str, count: int, work: Callable[[], object], how: str = "payload of 100 bytes") -> Figure:
    with spent() as cost:
        work()
    return Figure(what=what, value=cost.cpu / count * MICRO, unit="µs CPU/task", count=count, how=how)


def _entry(some: list[Task]) -> dict[bytes, bytes]:
    """Write what claim.lua and finish.lua tell of a batch."""
    token = f"1764000000000000:{WORKER}"
    events: list[object] = [["claimed", task.id, token, 1, None] for task in some]
    events += [["succeeded", task.id, token, 1, {"started": 1, "ended": 0, "result": "null"}] for task in some]
    return {b"events": orjson.dumps(events)}
