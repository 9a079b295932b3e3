"""A task somebody asks for, before it is accepted."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson

from system.tasks.errors import InvalidTask
from system.tasks.handlers import find
from system.tasks.task import DEFAULT_PRIORITY, DEFAULT_QUEUE, PRIORITIES, Task

MAX_ATTEMPTS = 100
MAX_DELAY_SECONDS = 10 * 366 * 86_400.0
MAX_TIMEOUT_SECONDS = 7 * 86_400.0
QUEUE_NAME = r"^[^\x00-\x1f\x7f-\x9f\ud800-\udfff{},]{1,64}$"
"""No control characters; no braces, which group Redis keys; no comma, which separates `--queues a,b`."""

_QUEUE_NAME = re.compile(QUEUE_NAME.removeprefix("^").removesuffix("$"))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_MS = 253_402_300_799_999  # the last millisecond of the year 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """What a task is asked to be; None leaves the choice to the handler. Durations are seconds."""

    type: str
    payload: dict[str, Any] = field(default_factory=dict)
    queue: str = DEFAULT_QUEUE
    priority: int = DEFAULT_PRIORITY
    delay: float | None = None
    run_at: datetime | None = None
    max_attempts: int | None = None
    timeout: float | None = None

    def validate(self) -> None:
        """Raise InvalidTask (UnknownType, InvalidPayload) where the task can't be accepted."""
        find(self.type).check(self.payload)
        for fault, message in (
            (not is_queue_name(self.queue), "queue: 1 to 64 characters, no braces, commas or control characters"),
            (self.priority not in PRIORITIES, "priority: 0 to 9"),
            (not 1 <= _given(self.max_attempts, 1) <= MAX_ATTEMPTS, f"max_attempts: 1 to {MAX_ATTEMPTS}"),
            (not 0 < _given(self.timeout, 1) <= MAX_TIMEOUT_SECONDS, "timeout: above 0 s, up to a week"),
            (not 0 <= _given(self.delay, 0) <= MAX_DELAY_SECONDS, "delay: 0 s to ten years"),
            (self.delay is not None and self.run_at is not None, "delay and run_at exclude each other"),
            (self.run_at is not None and not _is_datable(self.run_at), "run_at: a time zone, and a year up to 9999"),
        ):
            if fault:
                raise InvalidTask(message)

    @property
    def waits(self) -> bool:
        """Whether the task asks to run later."""
        return bool(self.delay) or self.run_at is not None

    def fingerprint(self) -> str:
        """Return the SHA-256 of what was asked for, written canonically."""
        return sha256(orjson.dumps(self, option=orjson.OPT_SORT_KEYS)).hexdigest()

    def to_task(self, task_id: str, *, owner: str | None, now_ms: int) -> Task:
        """Fix what is asked for at the moment of acceptance; a `run_at` in the past means now."""
        run_at = now_ms
        if self.delay is not None:
            run_at += round(self.delay * 1000)
        elif self.run_at is not None:
            run_at = max(now_ms, _milliseconds(self.run_at))
        return Task(
            id=task_id,
            type=self.type,
            payload=self.payload,
            queue=self.queue,
            priority=self.priority,
            max_attempts=self.max_attempts or find(self.type).retry.max_attempts,
            timeout=self.timeout,
            created_at=now_ms,
            run_at=run_at,
            owner=owner,
        )


def is_queue_name(name: str) -> bool:
    """Whether a queue may have this name."""
    return _QUEUE_NAME.fullmatch(name) is not None


def _given(value: float | None, default: float) -> float:
    return default if value is None else value


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _is_datable(moment: datetime) -> bool:
    return moment.tzinfo is not None and _milliseconds(moment) <= _LATEST_MS
