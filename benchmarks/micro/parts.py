"""The measurements there are, by name."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.micro import (
    codec,
    idling,
    posting,
    queueing,
    recording,
    running,
    sleeping,
    starting,
    submitting,
    takeover,
)
from benchmarks.micro.amount import Amount
from benchmarks.micro.figures import Figure, Series, series

PARTS: dict[str, Callable[[Amount, Path], list[Figure]]] = {
    "codec": codec.measure,
    "queue": queueing.measure,
    "record": recording.measure,
    "submit": submitting.measure,
    "post": posting.measure,
    "run": running.measure,
    "sleep": sleeping.measure,
    "start": starting.measure,
    "idle": idling.measure,
    "takeover": takeover.measure,
}


def measure(
    names: Sequence[str], amount: Amount, repeats: int, tell: Callable[[str], None] = lambda _: None
) -> list[Series]:
    """Measure the parts in turn, all of them once before any a second time: what drifts then drifts for all alike."""
    rounds: dict[str, list[list[Figure]]] = {name: [] for name in names}
    for repeat in range(repeats):
        for name in names:
            tell(f"{name}, {repeat + 1} of {repeats}")
            with tempfile.TemporaryDirectory(prefix="tasklab-") as folder:
                rounds[name].append(PARTS[name](amount, Path(folder)))
    return [one for name in names for one in series(name, rounds[name])]
