"""The client of a lesson: it calls the API and writes down what it asked for, when, and what it was told."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx

from benchmarks.checker import Answer
from benchmarks.engine.operations import OperationLog

BATCH = 1_000  # tasks the API takes at once
ANSWER_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Call:
    """One call; times are seconds since 1970."""

    tasks: int
    intended: float
    sent: float
    answered: float
    answer: Answer
    ids: Sequence[str]


class Caller:
    """Calls one API after the other; `log` is read by the checker."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.calls: list[Call] = []
        self._operations = OperationLog(log)
        self._http = httpx.Client(timeout=ANSWER_SECONDS)

    def batches(self, url: str, tasks: Sequence[dict[str, Any]]) -> list[str]:
        """Submit tasks, up to 1,000 with a call; returns the ids of the accepted ones."""
        parts = [tasks[start : start + BATCH] for start in range(0, len(tasks), BATCH)]
        calls = [self._call(f"{url}/tasks/batch", {"tasks": part}, len(part), time.time()) for part in parts]
        return [task_id for call in calls for task_id in call.ids]

    def paced(self, url: str, tasks: Sequence[dict[str, Any]], rate: float) -> Iterator[str]:
        """Submit tasks one by one, `rate` a second by the clock; gives the ids of the accepted ones.

        There is one sender: behind a slow answer the next calls go out late, and are as late as they say.
        """
        begin = time.time()
        for number, task in enumerate(tasks):
            intended = begin + number / rate
            time.sleep(max(0.0, intended - time.time()))
            yield from self._call(f"{url}/tasks", task, 1, intended).ids

    def ask(self, url: str, **query: Any) -> Any:
        """GET something; returns the JSON answer."""
        answer = self._http.get(url, params=query)
        answer.raise_for_status()
        return answer.json()

    def close(self) -> None:
        """Close connections and log."""
        self._http.close()
        self._operations.close()

    def _call(self, url: str, body: Any, tasks: int, intended: float) -> Call:
        name, sent = f"lab-{len(self.calls)}", time.time()
        self._operations.sent(name, 1, tasks, int(sent * 1000))
        answer, ids, why = self._post(url, body)
        call = Call(tasks, intended, sent, time.time(), answer, ids)
        self._operations.answered(name, 1, tasks, int(sent * 1000), answer=answer, ids=ids, why=why)
        self.calls.append(call)
        return call

    def _post(self, url: str, body: Any) -> tuple[Answer, Sequence[str], str]:
        try:
            answer = self._http.post(url, json=body)
        except httpx.ConnectError as error:
            return Answer.REFUSED, (), type(error).__name__  # nobody was there to take it
        except httpx.HTTPError as error:
            return Answer.UNKNOWN, (), type(error).__name__
        if answer.status_code == HTTPStatus.ACCEPTED:
            told = answer.json()
            return Answer.ACKNOWLEDGED, told.get("ids") or [told["id"]], ""
        return (Answer.REFUSED if answer.is_client_error else Answer.UNKNOWN), (), f"HTTP {answer.status_code}"
