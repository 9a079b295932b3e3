"""What one soak is: how long, on what system, under which load, with which faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from benchmarks.engine.system import Shape


class Faults(StrEnum):
    """What is broken."""

    ALL = "all"
    WORKERS = "workers"  # kills of workers alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One soak; its faults and its load follow from its seed."""

    minutes: float
    seed: int
    shape: Shape = field(default_factory=Shape)
    rate: float = 200.0
    """Tasks a second, on average."""
    faults: Faults = Faults.ALL
    kills_per_minute: float = 48.0
    """Of workers."""

    @property
    def seconds(self) -> float:
        """How long load and faults last."""
        return self.minutes * 60
