"""What a seed decides, as plain data: who works, what there is to do, and what goes wrong when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Deed = Literal[
    "kill",  # a worker, as by SIGKILL or with its whole machine; nobody notices
    "crash",  # a worker, and its supervisor notices
    "pause",  # a worker, as by SIGSTOP until SIGCONT
    "block",  # a worker's main thread, as by a handler that computes; its leases are renewed
    "starve",  # a worker's lease thread
    "cut request",  # what a worker sends does not arrive
    "cut reply",  # it arrives, but the worker does not hear so
    "stop",  # a worker, as by SIGTERM; another one takes its place
    "stop now",  # the same, and a second SIGTERM at once
    "hang",  # the queue's server answers nobody for a while
    "cancel",  # a task
    "hold",  # a named queue: paused, resumed later
]


@dataclass(frozen=True, slots=True)
class WorkerPlan:
    """One worker and its successors."""

    queues: tuple[str, ...]
    concurrency: int
    grace_seconds: float
    clock_offset: float
    """What its monotonic clock shows when the world begins; no two machines agree on that."""


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """One task to be put at a time; `attempts` tells the handler what to do (see handler.py)."""

    id: str
    at: float
    queue: str
    priority: int
    delay: float
    max_attempts: int
    timeout: float | None
    attempts: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class Act:
    """Something done to the system; `target` is a worker's place, a task's id, or a queue's name."""

    at: float
    deed: Deed
    target: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Weather:
    """What calls to the queue meet on their way; times are seconds, chances are of one message."""

    latency: float
    """Mean time of a message on its way."""
    slow: float
    """Chance that a message takes longer, up to `slowest`."""
    slowest: float
    lost_request: float
    lost_reply: float
    patience: float
    """How long a caller waits for its answer."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything that is decided before the world begins to turn."""

    seed: int
    lease_seconds: float
    step_seconds: float
    """What one callback costs."""
    workers: tuple[WorkerPlan, ...]
    tasks: tuple[TaskPlan, ...]
    acts: tuple[Act, ...]
    weather: Weather
    markers: bool
    """Whether sleeping workers are woken as by Redis, one at a time (markers.py), or all at once, as in memory."""
    upkeep: bool
    """Whether somebody cleans up every second; without, the workers' own claims have to do."""
    until: float
    """When all that is wrong has an end."""

    @property
    def queues(self) -> tuple[str, ...]:
        """The named queues in use."""
        return tuple(dict.fromkeys(task.queue for task in self.tasks))

    @property
    def calm(self) -> bool:
        """Whether nothing is done to anybody and every message arrives soon."""
        weather = self.weather
        return not (self.acts or weather.slow or weather.lost_request or weather.lost_reply)
