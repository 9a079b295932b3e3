"""Makes one call and tells Locust's statistics, the log and the watch what came of it."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Any

import orjson
from locust.contrib.fasthttp import FastHttpSession
from locust.event import EventHook

from benchmarks.checker import Answer
from benchmarks.open_loop import rows
from benchmarks.open_loop.log import Call, CallLog

LATE_MS = 50.0  # what the greenlets of a busy process may well cost is no lateness
HEADERS = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
UNDECIDED = frozenset({HTTPStatus.CONFLICT, HTTPStatus.REQUEST_TIMEOUT})  # 4xx, yet the task may run


class NeverSent(Exception):
    """A call was due, and none of the senders was free for it in time."""


class Calls:
    """Submits tasks; `fire` is Locust's request event."""

    def __init__(self, client: FastHttpSession, fire: EventHook, log: CallLog) -> None:
        self._client = client
        self._fire = fire
        self._log = log

    def make(self, name: str, intended: float, task: dict[str, Any], patience: float) -> str | None:
        """Submit a task that was due at `intended`, or give it up if that is more than `patience` seconds ago.

        Returns its id, or None where it was not accepted.
        """
        call = Call(name, intended, now())
        late = call.sent - intended
        if late > patience * 1000:
            self.miss(intended)
            return None
        if late > LATE_MS:
            self._report(rows.LATE, late)
        self._log.sent(call)
        body = orjson.dumps(task).decode()
        with self._client.post(
            "/tasks", name=rows.NAIVE[1], data=body, headers=HEADERS, catch_response=True
        ) as response:
            at = now()
            status = response.status_code
            failure = None if status == HTTPStatus.ACCEPTED else response.error or f"HTTP {status}"
        self._report(rows.CORRECTED, at - intended, failure)
        task_id = str(orjson.loads(response.content)["id"]) if failure is None else None
        ids = [task_id] if task_id else []
        self._log.answered(call, at, answer=_answer(status), ids=ids, why=_why(status, failure))
        return task_id

    def miss(self, intended: float) -> None:
        """Note a call that was due and is not made."""
        self._log.missed(intended)
        self._report(rows.MISSED, None, NeverSent("no sender was free in time"))

    def done(self, took: float, status: str) -> None:
        """Note a task's end, milliseconds after its intended submit."""
        self._report(rows.DONE, took, None if status == "succeeded" else status)

    def unfinished(self, tasks: int) -> None:
        """Note that for so many accepted tasks no end was seen."""
        for _ in range(tasks):
            self._report(rows.DONE, None, "not done when the run ended")

    def _report(self, row: tuple[str, str], took: float | None, failure: object = None) -> None:
        kind, name = row
        self._fire.fire(request_type=kind, name=name, response_time=took, response_length=0, exception=failure)


def now() -> float:
    """Return milliseconds since 1970; a step of the clock during a run would be seen in it."""
    return time.time_ns() / 1e6


def _answer(status: int) -> Answer:
    if status == HTTPStatus.ACCEPTED:
        return Answer.ACKNOWLEDGED
    return Answer.REFUSED if 400 <= status < 500 and status not in UNDECIDED else Answer.UNKNOWN  # noqa: PLR2004


def _why(status: int, failure: object) -> str:
    if failure is None:
        return ""
    return f"HTTP {status}" if status else type(failure).__name__
