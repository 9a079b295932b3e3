"""What goes out, as the OpenAPI document shows it; times are RFC 3339 in UTC with milliseconds."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from system.tasks.outcome import Reason
from system.tasks.task import Status

Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class ProgressOut(BaseModel):
    """How far a task said it is."""

    done: float | None = Field(description="0 to 1")
    text: str | None
    attempt: int = Field(description="which attempt said so")
    at: Moment


class TaskOut(BaseModel):
    """A task as it stands."""

    id: str
    type: str
    queue: str
    status: Status
    priority: int
    payload: dict[str, Any]
    attempts: int
    max_attempts: int
    result: Any
    error: str | None
    created_at: Moment
    run_at: Moment
    started_at: Moment | None
    finished_at: Moment | None
    worker: str | None
    dispatch: Literal["queued", "deferred"] = Field(description="`deferred`: waits in SQL for the queue to come back")
    reason: Reason | None = Field(description="what it died of, while it is dead")
    requeues: int = Field(description="how often it was brought back from the dead letters")
    progress: ProgressOut | None


class TaskPage(BaseModel):
    """Tasks, newest first, and where to go on (null: nowhere)."""

    items: list[TaskOut]
    next_cursor: str | None


class BatchOut(BaseModel):
    """The ids of accepted tasks, in the order they were given."""

    ids: list[str]


class AttemptOut(BaseModel):
    """One time a task was in a worker's hands."""

    attempt: int
    worker: str | None
    claimed_at: Moment | None
    started_at: Moment | None
    finished_at: Moment | None
    outcome: str | None = Field(description="null while it lasts")
    error: str | None


class ExplanationOut(BaseModel):
    """Where a task stands, and why: one sentence a reason."""

    status: Status
    because: list[str]


class QueueStats(BaseModel):
    """One named queue now."""

    queue_size: int = Field(description="tasks ready to be claimed")
    processing: int
    total_pending: int = Field(description="queue_size + processing")
    scheduled: int = Field(description="tasks that wait for their time: delays and retry pauses")
    dead: int
    oldest_age_seconds: float
    by_priority: dict[str, int]
    workers: int
    throughput_1m: float = Field(description="attempts that ended in the last minute")
    error_rate_1m: float = Field(description="the share of them that failed, 0 to 1")
    paused: bool


class AllStats(QueueStats):
    """All queues together, and each by itself."""

    queues: dict[str, QueueStats]


class CleanupOut(BaseModel):
    """Numbers of tasks: waiting again, dead of too many deliveries, put again from SQL."""

    requeued: int
    dead: int
    reconciled: int


class RequeuedOut(BaseModel):
    """How many dead letters wait again."""

    requeued: int


class PurgedOut(BaseModel):
    """How many dead letters are gone for good."""

    purged: int


class PauseOut(BaseModel):
    """Whether a queue hands out tasks."""

    queue: str
    paused: bool


class WorkerOut(BaseModel):
    """A worker process as of its last heartbeat."""

    id: str
    host: str
    pid: int
    status: Literal["running", "quiet", "draining", "lost"]
    queues: list[str]
    concurrency: int
    running: int
    done: int
    failed: int
    rss_bytes: int
    lag_seconds: float = Field(0.0, description="by how much its event loop is late")
    redis_seconds: float = Field(0.0, description="what its last heartbeat took, there and back")
    held: list[str] = Field([], description="the first twenty tasks in its hands then")
    taken_over: dict[str, Moment] = Field({}, description="of a lost worker: which of them others took over, and when")
    started_at: Moment
    last_heartbeat: Moment


class OrderOut(BaseModel):
    """What a worker was told."""

    worker: str
    order: Literal["quiet", "drain"] | None


class BreakerOut(BaseModel):
    """Where a circuit breaker stands."""

    name: str
    state: Literal["closed", "open", "half_open"]
    forced: bool = Field(description="held so by hand")
    failures: int = Field(description="in its window; of an open one, those that opened it")
    opened_at: Moment | None
    retry_at: Moment | None = Field(description="when a task may go to see whether the dependency is back")


class ScalingOut(BaseModel):
    """How many workers there should be, and what that was decided by."""

    current_workers: int
    desired_workers: int
    reason: str
    signals: dict[str, float]
    evaluated_at: Moment


class AlertOut(BaseModel):
    """An alert, firing or not."""

    name: str
    state: Literal["ok", "firing"]
    since: Moment
    value: float | None
    threshold: float = Field(description="above it the alert fires; it clears at 80 % of it")
    message: str
    evaluated_at: Moment


class Health(BaseModel):
    """`degraded`: tasks are accepted, but wait in SQL until the queue is back."""

    status: Literal["ok", "degraded"]
    detail: str | None = None


class FieldError(BaseModel):
    """What is wrong with one part of a request."""

    pointer: str = Field(description="JSON pointer into the body, or `/name` of a query parameter or header")
    message: str


class Problem(BaseModel):
    """RFC 9457: what went wrong; `type` is stable, the texts are for people."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = None
