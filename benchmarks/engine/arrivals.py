"""When clients call, whatever the answers take: an open loop of single tasks, batches and bursts."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

# What a call brings, and which share of all tasks comes that way.
SIZES = {"single": (1, 1, 0.15), "batch": (10, 100, 0.35), "burst": (500, 1000, 0.5)}


@dataclass(frozen=True, slots=True)
class Arrival:
    """One call: seconds after the beginning, and how many tasks it brings."""

    at: float
    tasks: int


def arrivals(chance: random.Random, rate: float) -> Iterator[Arrival]:
    """Give calls without end that bring `rate` tasks a second on average; each kind is a Poisson process."""
    calls_per_second = {name: rate * share / ((least + most) / 2) for name, (least, most, share) in SIZES.items()}
    at = 0.0
    while True:
        at += chance.expovariate(sum(calls_per_second.values()))
        (name,) = chance.choices(list(calls_per_second), list(calls_per_second.values()))
        least, most, _ = SIZES[name]
        yield Arrival(at, chance.randint(least, most))
