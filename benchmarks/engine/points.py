"""A scenario spread out: its points, and the order in which their trials run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

from benchmarks.engine.scenario import Load, QueueKind, Scenario
from benchmarks.engine.system import DatabaseKind

SEEDS = 1_000  # more than there are repeats: no two trials share a seed by accident


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One system under one load."""

    name: str
    """What distinguishes it from the scenario's other points: `workers=4`."""
    workers: int
    queue: QueueKind
    database: DatabaseKind
    accept: Literal["sql", "redis"]
    concurrency: int
    lease_seconds: float
    mix: str
    load: Load
    rate: float | None

    @property
    def phase(self) -> int:
        """1: all in one process and in memory; 2: processes of their own."""
        return 1 if self.queue == "memory" else 2

    @property
    def tasks(self) -> int:
        """How many tasks a backlog has."""
        per_worker = self.load.tasks_per_worker
        return self.load.tasks if per_worker is None else per_worker * self.workers


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTrial:
    """One trial to come."""

    number: int
    point: Point
    repeat: int
    control: bool
    seed: int
    """Decides load and faults. All points of a repeat share it, so that they meet the same ones."""


def points(scenario: Scenario) -> list[Point]:
    """Return all points in the order of the file."""
    loads = [(load, rate) for load in scenario.load for rate in load.rate or (None,)]
    choices: dict[str, Any] = {
        "queue": scenario.system.queue,
        "database": scenario.system.database,
        "accept": scenario.system.accept,
        "concurrency": scenario.system.concurrency,
        "lease_seconds": scenario.system.lease_seconds,
        "mix": scenario.mixes,
        "load": list(scenario.load),
        "rate": sorted({rate for _, rate in loads if rate is not None}),
        "workers": scenario.workers,
    }
    differing = [name for name, values in choices.items() if len(values) > 1]
    found = []
    for *chosen, (load, rate), workers in product(*_without_loads(choices), loads, scenario.workers):
        values = dict(zip(choices, chosen, strict=False)) | {"load": load, "rate": rate, "workers": workers}
        if values["queue"] == "memory":
            values["workers"] = 1
        point = Point(name=_name(values, differing), **values)
        found += [] if point in found else [point]
    return found


def trials(scenario: Scenario) -> list[PlannedTrial]:
    """Return all trials as they are to run: repeat after repeat, the points of each in an order of its own.

    So what the machine does meanwhile, growing warm for one, falls on all points alike; and a run that is interrupted
    has whole repeats.
    """
    chance = random.Random(scenario.seed)  # noqa: S311 (repeatable, not secret)
    found: list[PlannedTrial] = []
    every = points(scenario)
    for repeat in range(scenario.repeats):
        some = [(point, False) for point in every] + ([(every[0], True)] if scenario.control else [])
        chance.shuffle(some)
        seed = scenario.seed * SEEDS + repeat
        found += (
            PlannedTrial(number=number, point=point, repeat=repeat, control=control, seed=seed)
            for number, (point, control) in enumerate(some, len(found))
        )
    return found


def _without_loads(choices: dict[str, Any]) -> Iterator[Any]:
    return (values for name, values in choices.items() if name not in ("load", "rate", "workers"))


def _name(values: dict[str, Any], differing: list[str]) -> str:
    parts = []
    for name in differing or ["workers"]:
        value = values[name].kind if name == "load" else values[name]
        if value is not None:
            parts.append(f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}")
    return ", ".join(parts)
