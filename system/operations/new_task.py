"""A task somebody asks for, before it is accepted."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson

from system.operations.payload import MAX_BYTES as MAX_PAYLOAD_BYTES
from system.operations.payload import check as check_payload
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

    def validate(self, *, max_payload_bytes: int = MAX_PAYLOAD_BYTES) -> None:
        """Raise InvalidTask (UnknownType, InvalidPayload) where the task can't be accepted.

        Nothing is taken for granted, not even the types: the fields may come from anybody's program.
        """
        if not _is_text(self.type):
            message = "type: the name of a registered handler is needed"
            raise InvalidTask(message)
        handler = find(self.type)
        check_payload(self.payload, max_payload_bytes)
        handler.check(self.payload)
        for good, message in (
            (is_queue_name(self.queue), "queue: 1 to 64 characters, no braces, commas or control characters"),
            (_is_whole(self.priority) and self.priority in PRIORITIES, "priority: a whole number from 0 to 9"),
            (
                self.max_attempts is None or (_is_whole(self.max_attempts) and 1 <= self.max_attempts <= MAX_ATTEMPTS),
                f"max_attempts: a whole number from 1 to {MAX_ATTEMPTS}",
            ),
            (
                self.timeout is None or (_is_number(self.timeout) and 0 < self.timeout <= MAX_TIMEOUT_SECONDS),
                "timeout: above 0 s, up to a week",
            ),
            (
                self.delay is None or (_is_number(self.delay) and 0 <= self.delay <= MAX_DELAY_SECONDS),
                "delay: 0 s to ten years",
            ),
            (self.delay is None or self.run_at is None, "delay and run_at exclude each other"),
            (self.run_at is None or _is_datable(self.run_at), "run_at: a time zone, and a year up to 9999"),
        ):
            if not good:
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
            run_at = max(now_ms, milliseconds(self.run_at))
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


def is_queue_name(name: Any) -> bool:
    """Whether a queue may have this name."""
    return _is_text(name) and _QUEUE_NAME.fullmatch(name) is not None


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_whole(value: Any) -> bool:
    return type(value) is int  # not True, which equals 1


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def milliseconds(moment: datetime) -> int:
    """Return a time as ms since 1970."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _is_datable(moment: Any) -> bool:
    return isinstance(moment, datetime) and moment.tzinfo is not None and milliseconds(moment) <= _LATEST_MS
