"""How tasks and events are written in Redis: JSON, in an order that Lua can read the beginning of without decoding.

A task's body:  {"priority":5,"max_attempts":5,"type":"noop","created_at":1764000000000,…,"payload":{}}
                (its id is the hash field, its queue the key; a field at its default is left out)
A history entry: events=[[kind, id, token, delivery, detail], …]; its time is the entry id's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from system.tasks.context import Report
from system.tasks.events import Batch, Event, Kind
from system.tasks.outcome import Bury, RetryIn, Settlement, Succeed
from system.tasks.task import Task

RawEvent = tuple[Kind, str, str | None, int, dict[str, Any] | None]
KINDS = {kind.value: kind for kind in Kind}  # a fifth of the cost of Kind(…), for each of many events


def encode(task: Task) -> bytes:
    """Write a task's body."""
    body: dict[str, Any] = {
        "priority": task.priority,
        "max_attempts": task.max_attempts,
        "type": task.type,
        "created_at": task.created_at,
    }
    if task.run_at != task.created_at:
        body["run_at"] = task.run_at
    if task.failures:
        body["failures"] = task.failures
    if task.timeout is not None:
        body["timeout"] = task.timeout
    if task.owner is not None:
        body["owner"] = task.owner
    body["payload"] = task.payload
    return orjson.dumps(body)


def decode(queue: str, task_id: str, body: bytes) -> Task:
    """Read a task's body."""
    return task_of(queue, task_id, orjson.loads(body))


def task_of(queue: str, task_id: str, body: dict[str, Any]) -> Task:
    """Build a task from its decoded body."""
    created_at = body["created_at"]
    return Task(
        id=task_id,
        queue=queue,
        type=body["type"],
        payload=body["payload"],
        priority=body["priority"],
        max_attempts=body["max_attempts"],
        timeout=body.get("timeout"),
        created_at=created_at,
        run_at=body.get("run_at", created_at),
        failures=body.get("failures", 0),
        owner=body.get("owner"),
    )


def verb_and_detail(settlement: Settlement) -> tuple[Kind, dict[str, Any]]:
    """Name what a settlement does to its task, and what the history keeps of it."""
    detail: dict[str, Any] = {"started": settlement.started_ms_ago, "ended": settlement.ended_ms_ago}
    match settlement.decision:
        case Succeed(result):
            detail["result"] = result
            return Kind.SUCCEEDED, detail
        case RetryIn(_, task, error):
            detail |= {"error": error, "failures": task.failures}
            return Kind.RETRYING, detail
        case Bury(error, reason):
            detail |= {"error": error, "failures": settlement.claim.task.failures + 1, "reason": reason}
            return Kind.DEAD, detail


def report_detail(report: Report) -> dict[str, Any]:
    """Return what the history keeps of a report."""
    return {"done": report.done, "text": report.text}


def encode_events(events: Iterable[RawEvent]) -> dict[str, bytes]:
    """Write one history entry's fields."""
    return {"events": orjson.dumps(list(events))}


def decode_entry(queue: str, entry_id: bytes, fields: dict[bytes, bytes]) -> Batch:
    """Read one history entry."""
    position = entry_id.decode()
    at = int(position.partition("-")[0])
    raw = orjson.loads(fields[b"events"])
    return Batch(position, tuple([_event(queue, at, parts) for parts in raw]))


def _event(queue: str, at: int, parts: list[Any]) -> Event:
    kind, task_id, token, delivery, detail = parts
    if detail is None:
        return Event(KINDS[kind], at, queue, task_id, token, delivery)
    get = detail.get
    started, ended, body = get("started"), get("ended"), get("task")
    return Event(  # by place, a third quicker than by name
        KINDS[kind],
        at,
        queue,
        task_id,
        token,
        delivery,
        round(at - started) if started is not None else None,
        round(at - ended) if ended is not None else None,
        get("result"),
        get("error"),
        get("run_at"),
        get("failures"),
        task_of(queue, task_id, body) if body is not None else None,
        get("reason"),
        get("done"),
        get("text"),
    )
