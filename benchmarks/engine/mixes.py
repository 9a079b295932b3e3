"""Task mixes by name: what a load of a scenario submits."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from benchmarks.engine.mix import Mix
from benchmarks.open_loop.payloads import Kind
from system.operations.new_task import NewTask
from system.tasks.task import DEFAULT_PRIORITY

ITERATIONS = 10_000  # of the loop in workloads.cpu: about a millisecond of one core
TIMED = re.compile(r"(io|cpu)-(\d+(?:\.\d+)?)ms")
MIXED: Literal["checked"] = "checked"

Shares = Mapping[int, float]
"""Priority -> share."""


def known(name: Any) -> str:
    """Return the name of a mix; raises ValueError."""
    if name in ("noop", "mixed") or (isinstance(name, str) and TIMED.fullmatch(name)):
        return str(name)
    message = f"{name!r} is no mix; noop, io-20ms, cpu-5ms (any number of ms) and mixed are"
    raise ValueError(message)


def kinds(name: str, priorities: Shares) -> Sequence[Kind] | Literal["checked"]:
    """Return what an open loop is to draw from (open_loop/plan.py)."""
    if name == "mixed":
        return MIXED
    type_, payload = _task(name)
    shares = priorities or {DEFAULT_PRIORITY: 1.0}
    return [Kind(type_, payload, share, priority) for priority, share in shares.items()]


def drawing(name: str, priorities: Shares, seed: int) -> Callable[[str], NewTask]:
    """Return a maker of tasks, each told its mark, by the same shares."""
    chance = random.Random(f"{seed}:mix")  # noqa: S311 (repeatable, not secret)
    if name == "mixed":
        mix = Mix(chance, delays=False)
        return mix.task
    type_, payload = _task(name)
    levels, shares = list(priorities) or [DEFAULT_PRIORITY], list(priorities.values()) or [1.0]

    def draw(mark: str) -> NewTask:
        (priority,) = chance.choices(levels, shares)
        return NewTask(type=type_, payload={"mark": mark, **payload}, priority=priority)

    return draw


def _task(name: str) -> tuple[str, dict[str, Any]]:
    found = TIMED.fullmatch(name)
    if found is None:
        return "load_noop", {}
    ms = float(found[2])
    if found[1] == "io":
        return "load_sleep", {"seconds": ms / 1000}
    return "load_cpu", {"iterations": round(ms * ITERATIONS)}
