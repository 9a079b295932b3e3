"""A scenario: one question, and which systems under which loads are tried to answer it.

Wherever a list is written, each of its values makes points of its own: workers = [1, 2, 4] and queue = ["leases",
"brpop"] are six points. reading.py reads scenarios, points.py spreads them out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic import model_validator as check

from benchmarks.checker import FaultKind
from benchmarks.engine.mixes import known as known_mix
from benchmarks.engine.system import DatabaseKind

T = TypeVar("T")
QueueKind = Literal["memory", "leases", "brpop", "streams"]
LoadKind = Literal["backlog", "constant", "poisson", "steps", "trace"]
OneOrMore = Annotated[tuple[T, ...], BeforeValidator(lambda value: value if isinstance(value, list) else [value])]
"""One value stands for a list of it."""

NEEDS: dict[LoadKind, tuple[str, ...]] = {
    "backlog": (),
    "constant": ("rate",),
    "poisson": ("rate",),
    "steps": ("steps",),
    "trace": ("trace",),
}
TARGETS: dict[FaultKind, tuple[str, ...]] = {
    FaultKind.KILL: ("worker", "api", "upkeep", "redis"),
    FaultKind.PAUSE: ("worker", "redis"),
    FaultKind.PARTITION: ("worker",),
    FaultKind.REWIND: ("redis",),
    FaultKind.WIPE: ("redis",),
    FaultKind.FUNCTIONS: ("redis",),
    FaultKind.LOCK: ("sql",),
}


class Part(BaseModel):
    """A table of the file; a key it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class SystemPart(Part):
    """What is tried."""

    queue: OneOrMore[QueueKind] = ("leases",)
    """`memory` is Phase 1: all in one process with one worker, whatever `workers` says."""
    database: OneOrMore[DatabaseKind] = (DatabaseKind.SQLITE,)
    accept: OneOrMore[Literal["sql", "redis"]] = ("sql",)
    concurrency: OneOrMore[PositiveInt] = (10,)
    """Tasks a worker runs at once."""
    lease_seconds: OneOrMore[PositiveFloat] = (10.0,)
    remote: int = Field(0, ge=0)
    """So many of the workers have nobody who sees them die: their leases end by themselves alone."""


class Load(Part):
    """What comes in. Rates are tasks a second, durations seconds."""

    kind: LoadKind
    tasks: PositiveInt = 10_000
    """Of a backlog."""
    tasks_per_worker: PositiveInt | None = None
    """Makes a backlog as much larger as there are workers, instead of `tasks`."""
    rate: OneOrMore[PositiveFloat] = ()
    steps: tuple[tuple[NonNegativeFloat, PositiveFloat], ...] = ()
    """[rate, seconds] one after the other, after the warm-up at the first rate."""
    trace: Path | None = None
    """A file of seconds, one arrival a line."""
    seconds: PositiveFloat = 10.0
    """How long arrivals are measured; steps have their own."""

    @check(mode="after")
    def _has_what_it_needs(self) -> Self:
        for name in {name for names in NEEDS.values() for name in names}:
            if bool(getattr(self, name)) != (name in NEEDS[self.kind]):
                message = f"{name} {'is missing' if name in NEEDS[self.kind] else 'is not for'} {self.kind}"
                raise ValueError(message)
        return self

    @property
    def measured(self) -> float:
        """How long arrivals are measured, whichever way that was said."""
        return sum(seconds for _, seconds in self.steps) or self.seconds


class FaultPlan(Part):
    """One kind of fault: `every` so many seconds of the measured part, at times drawn by the seed, or `at` some."""

    kind: FaultKind
    target: str = "worker"
    every: PositiveFloat | None = None
    at: OneOrMore[NonNegativeFloat] = ()
    lasts: NonNegativeFloat = 0.0
    """Seconds; for a kill of Redis, until it is back."""

    @check(mode="after")
    def _is_possible(self) -> Self:
        if self.target not in TARGETS.get(self.kind, ()):
            message = f"{self.kind} of {self.target} is not one that can be made"
            raise ValueError(message)
        if (self.every is None) == (not self.at):
            message = "either `every` or `at` is needed"
            raise ValueError(message)
        return self


class Scenario(Part):
    """The whole file."""

    name: str
    question: str
    """One sentence."""
    seconds: PositiveFloat
    """About how long it takes on two cores."""
    seed: int = 1
    repeats: PositiveInt = 1
    control: bool = False
    """Run the first point's trials twice (A/A): how far do equal runs lie apart?"""
    workers: OneOrMore[PositiveInt] = (2,)
    mixes: OneOrMore[Annotated[str, BeforeValidator(known_mix)]] = ("noop",)
    """`noop`, `io-20ms`, `cpu-5ms` (any number), or `mixed` (engine/mix.py: some fail, some wait)."""
    priorities: dict[Annotated[int, Field(ge=0, le=9)], PositiveFloat] = {}
    """Priority -> share; none: all tasks have the default one."""
    warm_up: NonNegativeFloat = 2.0
    """Seconds of the load that don't count."""
    system: SystemPart = SystemPart()
    load: OneOrMore[Load]
    faults: tuple[FaultPlan, ...] = ()

    @check(mode="after")
    def _fits_together(self) -> Self:
        queues, kinds = set(self.system.queue), {load.kind for load in self.load}
        for wrong, message in (
            ("backlog" in kinds and queues & {"brpop", "streams"}, "a backlog needs a queue that can be paused"),
            ("backlog" in kinds and self.faults, "faults need a load of arrivals"),
            (self.system.remote > min(self.workers), "system.remote: not more than there are workers"),
            ("memory" in queues and any(_beyond_phase_one(fault) for fault in self.faults), NO_PARTS),
            (_cuts(self.faults) and self.system.remote != max(self.workers), "a partition needs all workers remote"),
            (bool(self.priorities) and "mixed" in self.mixes, "the mix `mixed` has priorities of its own"),
        ):
            if wrong:
                raise ValueError(message)
        return self

    def plain(self) -> dict[str, Any]:
        """Return it as it would be written, for records."""
        return self.model_dump(mode="json", exclude_none=True)


NO_PARTS = "Phase 1 (queue memory) is one process: only its `worker` can be killed or paused"


def _beyond_phase_one(fault: FaultPlan) -> bool:
    return fault.target != "worker" or fault.kind is FaultKind.PARTITION


def _cuts(faults: tuple[FaultPlan, ...]) -> bool:
    return any(fault.kind is FaultKind.PARTITION for fault in faults)
