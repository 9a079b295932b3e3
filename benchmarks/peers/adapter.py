"""What the measurement has to know of a queue."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Part(StrEnum):
    """What can be measured of a queue."""

    ENQUEUE = "enqueue"
    NOOP = "noop"
    IO = "io"
    LATENCY = "latency"
    CRASH = "crash"


EVERYTHING = frozenset(Part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """One queue, with how it is set and why.

    In commands `{python}` and `{bin}` stand for the environment's interpreter and its folder of programs, `{inside}`
    for the folder of the scripts, `{slots}` for the number of tasks a worker runs at once.
    """

    name: str
    title: str
    packages: tuple[str, ...]
    """Distributions whose versions are told; the first is the queue itself."""
    environment: str | None
    """Name of its requirements file; None: TaskLab's own environment."""
    python: tuple[int, int] = (3, 11)
    """The oldest Python it runs on."""
    node: bool = False
    module: str
    """Its file in inside/, without the ending."""
    worker: tuple[str, ...]
    """The command of a worker; empty where the services bring two."""
    io_worker: tuple[str, ...] | None = None
    """Where tasks that wait need another kind of worker than tasks that do nothing."""
    services: tuple[str, ...] | None = None
    """A process that has to run beside the workers, until `services_ready` is in its log."""
    services_ready: str = ""
    slots: int
    """Tasks a worker runs at once when they do nothing."""
    bulk: bool = True
    """Whether its client has a way to submit many that is not one after another."""
    parts: frozenset[Part] = EVERYTHING
    variables: dict[str, str] = field(default_factory=dict)
    settings: str
    """How it is set for throughput, in words."""
    crash_default: str
    """What brings a dead worker's task back, as installed."""
    crash_tuned: str | None = None
    """What is set so that about ten seconds are enough, in words; None: there is no such setting."""
    tuned_options: tuple[str, ...] = ()
    """Options of the worker's command that belong to it; the rest is set in its file in inside/."""

    def command(self, *, io: bool) -> tuple[str, ...]:
        """Return the command of a worker."""
        return self.io_worker if io and self.io_worker else self.worker
