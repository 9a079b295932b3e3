"""A history: what clients were told, what ran, what became of it, and what was broken meanwhile, as plain data.

Any source can fill one: SQL (sql.py), the task bodies' own journal (journal.py), a file (lines.py), a test by hand. All
times are milliseconds since 1970 on one clock; durations are seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

REDIS = "redis"  # as a fault's target: it concerns every worker


class Answer(StrEnum):
    """What a client knows after it tried to submit a task."""

    ACKNOWLEDGED = "acknowledged"  # it was told that the task is accepted
    REFUSED = "refused"  # it was told no, for certain (a 4xx answer): the task must not run
    UNKNOWN = "unknown"  # no answer, or one that decides nothing (a 5xx answer): the task may run


class Outcome(StrEnum):
    """How one run came out, as the source knows it."""

    SUCCEEDED = "succeeded"
    DEAD = "dead"
    CANCELLED = "cancelled"
    RETRYING = "retrying"  # failed, and another run was ordered: by the queue, or by an operator who requeued the dead
    RELEASED = "released"  # given back unrun
    EXPIRED = "expired"  # its lease ended
    RETURNED = "returned"  # the body came to its end; whether that was recorded is not known (journals)


class FaultKind(StrEnum):
    """What was done to the system on purpose."""

    KILL = "kill"  # SIGKILL
    PAUSE = "pause"  # SIGSTOP until SIGCONT
    PARTITION = "partition"  # cut off from Redis
    REWIND = "rewind"  # Redis restarted on an older copy; `at` is when the copy was made
    WIPE = "wipe"  # FLUSHALL
    FUNCTIONS = "functions"  # FUNCTION FLUSH
    MEMORY = "memory"  # Redis at maxmemory
    LOCK = "lock"  # SQLite locked
    DISK = "disk"  # no space left
    CLOCK = "clock"  # a wrong clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One try of a client to submit a task."""

    key: str
    """What the client calls the task: its idempotency key, or the task's id where it sent none."""
    sent_at: int
    answer: Answer
    task_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One time a task was handed to a worker."""

    task_id: str
    worker: str | None
    token: str | None = None
    """The lease's fence, `number:worker`; None where the queue has none."""
    started_at: int
    """When the task was in the worker's hands, be it that its body began later."""
    ended_at: int | None = None
    outcome: Outcome | None = None
    """None: the run was never heard of again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One terminal state that was recorded for a task."""

    task_id: str
    state: str
    at: int
    token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A late finish that the queue refused."""

    task_id: str
    token: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that was broken on purpose, from `at` until `until`."""

    kind: FaultKind
    target: str
    """Id of the worker it hit, or the part of the system: `redis` concerns every worker."""
    at: int
    until: int


@dataclass(kw_only=True)
class History:
    """Everything the checker is told of one run of the system."""

    operations: list[Operation] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    ends: list[End] | None = None
    """None: nobody keeps a record of ends (peers); then a run that came to its end is the task's end."""
    keys: dict[str, str] = field(default_factory=dict)
    """Task id -> the key its client knows it by, where the record has one."""
    refusals: list[Refusal] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    """Ids that the queue still held after the drain."""
    drained: bool = False
    """Whether the system came to rest in time: nothing waited and nothing ran any more."""
    lease_seconds: float | None = None
    """None: the queue has no leases; then takeovers and unexplained duplicates are reported, not judged."""
