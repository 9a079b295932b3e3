"""Clients: they submit, over HTTP or through the Python client's own way in, and write down what they were told."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import uuid4

import httpx

from benchmarks.checker import Answer, Operation
from benchmarks.faults.log import now_ms
from system.operations.new_task import NewTask
from system.operations.submit import Submitter

SECONDS = 30.0


class Callers:
    """What they were told is in `operations`."""

    def __init__(self, url: str, submitter: Submitter) -> None:
        self.http = httpx.AsyncClient(base_url=url, timeout=SECONDS, limits=httpx.Limits(max_connections=100))
        self.operations: list[Operation] = []
        self._submitter = submitter

    async def post(self, type: str, key: str | None = None, **given: Any) -> httpx.Response | None:
        """Submit a task over HTTP; None means that no answer came."""
        sent, headers = now_ms(), {"Idempotency-Key": key} if key else {}
        try:
            answer = await self.http.post("/tasks", json={"type": type, **given}, headers=headers)
        except httpx.TransportError:
            self._note(key, sent, Answer.UNKNOWN)
            return None
        if answer.status_code == HTTPStatus.ACCEPTED:
            self._note(key, sent, Answer.ACKNOWLEDGED, answer.json()["id"])
        else:
            self._note(key, sent, Answer.REFUSED if answer.is_client_error else Answer.UNKNOWN)
        return answer

    async def submit(self, type: str, count: int = 1, **given: Any) -> list[str]:
        """Submit equal tasks from this process and return their ids."""
        sent = now_ms()
        ids = await self._submitter.submit_many([NewTask(type=type, **given)] * count)
        for task_id in ids:
            self._note(None, sent, Answer.ACKNOWLEDGED, task_id)
        return ids

    def accepted(self) -> list[str]:
        """Return the ids of all tasks that a caller was told to be accepted, each once."""
        ids = [one.task_id for one in self.operations if one.answer is Answer.ACKNOWLEDGED and one.task_id]
        return list(dict.fromkeys(ids))

    def _note(self, key: str | None, sent: int, answer: Answer, task_id: str | None = None) -> None:
        key = key or task_id or str(uuid4())
        self.operations.append(Operation(key=key, sent_at=sent, answer=answer, task_id=task_id))
