"""One line of each kind of record. Seconds called `…_s` count from the trial's `began_at` and are negative before it.

A trial is one point of a scenario, run once: a fresh system, warmed up, loaded, drained and judged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRecord:
    """One trial: what was run, and its sums."""

    trial: int
    """Counts from 0 in the order they ran."""
    point: str
    """What distinguishes it from the scenario's other points, as `workers=4`."""
    repeat: int
    """Counts from 0; all repeats of a point are the same but for their seed."""
    control: bool = False
    """Part of the A/A pair: the same point once more, to see how far two equal runs lie apart."""
    seed: int
    began_at: float
    """Seconds since 1970 when the measured part began: the warm-up is over."""
    # what was run
    phase: int = 2
    queue: str = "leases"
    database: str = "sqlite"
    accept: str = "sql"
    workers: int
    concurrency: int
    """Tasks a worker runs at once."""
    lease_seconds: float
    mix: str
    """Name of the task mix: `noop`, `io-20ms`, `cpu-5ms`, …"""
    arrivals: str
    """`backlog`, `constant`, `poisson`, `steps`, `trace`."""
    rate: float | None = None
    """Intended tasks a second; None for a backlog."""
    # what came of it
    measured_s: float
    """Of a schedule to its end; of a backlog until SQL had the last end, the warm-up not counted."""
    accepted: int
    """Tasks acknowledged in the measured part."""
    done: int
    """Tasks whose end was recorded in SQL and lies in the measured part."""
    throughput: float
    """done / measured_s."""
    drain_s: float
    kept_up: bool | None = None
    """Whether the backlog did not grow under a scheduled load; None for a backlog."""
    missed: int = 0
    """Arrivals that were never sent because too many calls were under way."""
    cpu_s: dict[str, float] = field(default_factory=dict)
    """CPU seconds by role (generator, api, redis, upkeep, workers, host) in the measured part."""
    cpu_ms_per_task: dict[str, float] = field(default_factory=dict)
    redis_commands_per_task: float | None = None
    """Commands that Redis carried out, those inside its functions included."""
    pss_mb: dict[str, float] = field(default_factory=dict)
    """Memory by role, shared pages counted in proportion; of one worker, where there are several."""
    host_busy: float = 0.0
    """Share of all cores that was busy, 0 to 1."""
    busiest_role: str = ""
    busiest_busy: float = 0.0
    """Share of one core that the busiest single-threaded role used."""
    host_limited: bool = False
    """The host, or one single-threaded role, was busy over 80 %: the number says how fast this machine is."""
    verdict: str
    """The checker's: valid, invalid, unknown."""
    checked: dict[str, Any] = field(default_factory=dict)
    """The checker's counts, by its own names: attempted, acknowledged, ok, lost, …"""
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRecord:
    """One call of a client: a task, or a batch of them."""

    trial: int
    client: str
    """`locust`, `http`, `client`."""
    tasks: int
    intended_s: float
    """When the schedule wanted it sent."""
    sent_s: float
    answered_s: float | None
    answer: str
    """acknowledged, refused, unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    """One accepted task, from the intended submit to its recorded end."""

    trial: int
    task_id: str
    type: str
    priority: int
    intended_s: float | None
    """When the schedule wanted it submitted; None where it came with a backlog."""
    accepted_s: float
    """`created_at`: the API, or the client, took it."""
    started_s: float | None
    """Its first start."""
    finished_s: float | None
    status: str
    attempts: int
    failures: int
    worker: str | None
    """Who ended it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """One time a task was handed to a worker: a bar in a worker's lane."""

    trial: int
    task_id: str
    attempt: int
    worker: str
    claimed_s: float
    started_s: float | None
    finished_s: float | None
    outcome: str | None
    """succeeded, failed, lease_expired, …; None: still open when the trial ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRecord:
    """One value at one time.

    what            role                                        value
    cpu             generator, api, redis, upkeep, worker-1, …, host   cores used since the sample before
    rss_mb          the same                                    resident memory
    depth           ready, scheduled, leased                    tasks
    oldest_age_s    queue                                       seconds the oldest waiting task has waited
    accepted, ended system                                      tasks so far
    redis_commands  redis                                       commands so far
    workers         system                                      worker processes alive
    """

    trial: int
    at_s: float
    what: str
    role: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRecord:
    """Something that was broken on purpose."""

    trial: int
    kind: str
    target: str
    at_s: float
    until_s: float


Record = TrialRecord | RequestRecord | TaskRecord | AttemptRecord | SampleRecord | FaultRecord
