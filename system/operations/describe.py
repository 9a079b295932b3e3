"""Tasks and attempts as the outside sees them: the contract's field names, JSON, RFC 3339 times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from system.storage.rows import AttemptRow, TaskRow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(ms: int) -> str:
    """Write milliseconds since 1970 as RFC 3339 in UTC: 2030-01-31T12:00:00.000Z."""
    return (_EPOCH + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def moment_or_none(ms: int | None) -> str | None:
    """Write a time that may not have come yet."""
    return None if ms is None else moment(ms)


def task_json(row: TaskRow) -> bytes:
    """Write a task as JSON."""
    return orjson.dumps(_task(row))


def page_json(rows: Sequence[TaskRow], next_cursor: str | None) -> bytes:
    """Write a page of tasks as JSON."""
    return orjson.dumps({"items": [_task(row) for row in rows], "next_cursor": next_cursor})


def attempts_json(rows: Sequence[AttemptRow]) -> bytes:
    """Write a task's attempts as JSON."""
    return orjson.dumps([_attempt(row) for row in rows])


def _task(row: TaskRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "type": row.type,
        "queue": row.queue,
        "status": row.status,
        "priority": row.priority,
        "payload": orjson.Fragment(row.payload),  # as it was stored, to the last digit
        "attempts": row.attempts,
        "max_attempts": row.max_attempts,
        "result": None if row.result is None else orjson.Fragment(row.result),
        "error": row.error,
        "created_at": moment(row.created_at),
        "run_at": moment(row.run_at),
        "started_at": moment_or_none(row.started_at),
        "finished_at": moment_or_none(row.finished_at),
        "worker": row.worker,
        "dispatch": row.dispatch,
        "reason": row.reason,
        "requeues": row.requeues,
        "progress": _progress(row.progress),
    }


def _progress(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    told: dict[str, Any] = orjson.loads(text)
    return {**told, "at": moment(told["at"])}


def _attempt(row: AttemptRow) -> dict[str, Any]:
    return {
        "attempt": row.attempt,
        "worker": row.worker,
        "claimed_at": moment_or_none(row.claimed_at),
        "started_at": moment_or_none(row.started_at),
        "finished_at": moment_or_none(row.finished_at),
        "outcome": row.outcome,
        "error": row.error,
    }
