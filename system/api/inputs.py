"""What comes in: bodies and query parameters, taken exactly as they are described or not at all."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from system.operations.new_task import MAX_ATTEMPTS, MAX_DELAY_SECONDS, MAX_TIMEOUT_SECONDS, NewTask, milliseconds
from system.storage.deaths import Deaths
from system.tasks.outcome import Reason
from system.tasks.task import DEFAULT_MAX_ATTEMPTS, DEFAULT_PRIORITY, DEFAULT_QUEUE, Status

MAX_BATCH = 1_000
MAX_PAGE = 500
DEFAULT_PAGE = 50
_RFC_3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})")


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value.upper()):
        message = "a time is RFC 3339 text with a time zone, as 2030-01-31T12:00:00Z"
        raise ValueError(message)
    return datetime.fromisoformat(value.upper())


def _reason(value: Any) -> Any:
    """Take a reason's name: strict models take no text for an enumeration."""
    return Reason(value) if isinstance(value, str) else value


Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
QueueName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f-\x9f{},]+$")]
Moment = Annotated[
    datetime | None,
    BeforeValidator(_moment),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}),
]


class Strict(BaseModel):
    """Takes what it names and nothing else, in exactly the type it says."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class TaskIn(Strict):
    """A task to be done. Give `delay` or `run_at` or neither."""

    type: Name = Field(description="a registered task type", examples=["echo"])
    payload: dict[str, Any] = Field(default_factory=dict, description="the handler's arguments by name")
    queue: QueueName = DEFAULT_QUEUE
    priority: int = Field(default=DEFAULT_PRIORITY, ge=0, le=9, description="higher goes first")
    delay: float | None = Field(default=None, ge=0, le=MAX_DELAY_SECONDS, description="seconds")
    run_at: Moment = Field(default=None, description="a moment in the past means now")
    max_attempts: int | None = Field(
        default=None, ge=1, le=MAX_ATTEMPTS, description=f"the handler's own, mostly {DEFAULT_MAX_ATTEMPTS}, if unset"
    )
    timeout: float | None = Field(default=None, gt=0, le=MAX_TIMEOUT_SECONDS, description="seconds an attempt may take")

    def to_new_task(self) -> NewTask:
        """Return it as the operations know it."""
        return NewTask(
            type=self.type,
            payload=self.payload,
            queue=self.queue,
            priority=self.priority,
            delay=self.delay,
            run_at=self.run_at,
            max_attempts=self.max_attempts,
            timeout=self.timeout,
        )


class BatchIn(Strict):
    """Tasks to be accepted all or none."""

    tasks: list[TaskIn] = Field(max_length=MAX_BATCH)


class DeadFilter(Strict):
    """Which dead letters are meant; what is left out does not narrow."""

    type: Name | None = None
    queue: QueueName | None = None
    reason: Annotated[Reason, BeforeValidator(_reason)] | None = None
    died_after: Moment = Field(default=None, description="at this time or later")
    died_before: Moment = None

    def to_deaths(self) -> Deaths:
        """Return it as the operations know it."""
        return _deaths(self)


class TaskPageQuery(BaseModel):
    """A page of tasks, newest first."""

    model_config = ConfigDict(extra="forbid")

    type: Name | None = None
    queue: QueueName | None = None
    limit: int = Field(default=DEFAULT_PAGE, ge=1, le=MAX_PAGE)
    cursor: str | None = Field(default=None, pattern="^[0-9a-f-]{36}$", description="`next_cursor` of the page before")


class DeadQuery(TaskPageQuery):
    """A page of dead letters, newest first."""

    reason: Reason | None = None
    died_after: Moment = Field(default=None, description="at this time or later")
    died_before: Moment = None

    def to_deaths(self) -> Deaths:
        """Return it as the operations know it."""
        return _deaths(self)


class TaskQuery(TaskPageQuery):
    """A page of tasks with a status, newest first."""

    status: Status | None = None


def _deaths(asked: DeadFilter | DeadQuery) -> Deaths:
    return Deaths(
        type=asked.type,
        queue=asked.queue,
        reason=asked.reason,
        after_ms=None if asked.died_after is None else milliseconds(asked.died_after),
        before_ms=None if asked.died_before is None else milliseconds(asked.died_before),
    )
