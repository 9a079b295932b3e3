"""A seeded schedule of faults: the same seed gives the same faults, at the same times, on the same targets.

It is a plan, not a deed: targets are names (slots, such as "worker-2") which whoever carries it out looks up.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from benchmarks.checker.history import FaultKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How often one kind of fault happens, to whom, and how long it lasts; durations are seconds."""

    per_minute: float
    targets: Sequence[str]
    shortest: float = 0.0
    longest: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One fault to come; times are seconds since the trial's beginning."""

    at: float
    kind: FaultKind
    target: str
    seconds: float


def schedule(seed: int, seconds: float, rates: Mapping[FaultKind, Rate]) -> list[Planned]:
    """Plan a trial's faults in the order of their times.

    Each kind comes as a Poisson process of its own, so that a changed rate leaves the other kinds' faults as they are.
    """
    faults = [fault for kind, rate in rates.items() for fault in _one_kind(seed, seconds, kind, rate)]
    return sorted(faults, key=lambda fault: (fault.at, fault.kind, fault.target))


def _one_kind(seed: int, seconds: float, kind: FaultKind, rate: Rate) -> Iterator[Planned]:
    chance = random.Random(f"{seed}:{kind}")  # noqa: S311 (repeatable, not secret)
    for at in takewhile(lambda at: at < seconds, _moments(chance, rate.per_minute)):
        duration = chance.uniform(rate.shortest, rate.longest)
        yield Planned(at=at, kind=kind, target=chance.choice(rate.targets), seconds=duration)


def _moments(chance: random.Random, per_minute: float) -> Iterator[float]:
    at = 0.0
    while per_minute > 0:
        at += chance.expovariate(per_minute / 60)
        yield at
