"""The two ways a task comes in: over HTTP, and through the Python client. Both say what their caller now knows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, fields
from http import HTTPStatus
from types import TracebackType
from typing import Any, Protocol, Self

import httpx

from benchmarks.checker import Answer
from system.client import Client
from system.operations.new_task import NewTask
from system.tasks.errors import InvalidBatch, InvalidTask, TaskLabError, Unsupported

ANSWER_SECONDS = 20.0
UNDECIDED = frozenset({HTTPStatus.CONFLICT, HTTPStatus.REQUEST_TIMEOUT})  # 4xx, yet the task may run


@dataclass(frozen=True, slots=True)
class Told:
    """What a caller was told."""

    answer: Answer
    ids: Sequence[str] = ()
    why: str = ""


class Sender(AbstractAsyncContextManager["Sender"], Protocol):
    """Submits, and never raises because of what the system does."""

    async def one(self, new: NewTask, key: str) -> Told:
        """Submit a task under an idempotency key."""

    async def many(self, news: Sequence[NewTask]) -> Told:
        """Submit up to 1,000 tasks, all or none."""


class HttpSender:
    """Submits over HTTP."""

    def __init__(self, url: str) -> None:
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=20)
        self._http = httpx.AsyncClient(base_url=url, timeout=ANSWER_SECONDS, limits=limits)

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def one(self, new: NewTask, key: str) -> Told:
        """POST /tasks."""
        return await self._post("/tasks", _json(new), {"Idempotency-Key": key}, lambda answer: [answer["id"]])

    async def many(self, news: Sequence[NewTask]) -> Told:
        """POST /tasks/batch."""
        return await self._post(
            "/tasks/batch", {"tasks": [_json(new) for new in news]}, {}, lambda answer: answer["ids"]
        )

    async def _post(self, path: str, body: Any, headers: dict[str, str], ids: Callable[[Any], Sequence[str]]) -> Told:
        try:
            answer = await self._http.post(path, json=body, headers=headers)
        except httpx.HTTPError as error:
            return Told(Answer.UNKNOWN, why=type(error).__name__)
        if answer.status_code == HTTPStatus.ACCEPTED:
            return Told(Answer.ACKNOWLEDGED, ids(answer.json()))
        refused = answer.is_client_error and answer.status_code not in UNDECIDED
        return Told(Answer.REFUSED if refused else Answer.UNKNOWN, why=f"HTTP {answer.status_code}")


class ClientSender:
    """Submits through the Python client, in this process: straight into SQL and Redis."""

    def __init__(self) -> None:
        self._client = Client()

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def one(self, new: NewTask, key: str) -> Told:
        """Client.submit."""

        async def submit() -> list[str]:
            job = await self._client.submit(
                new.type, new.payload, priority=new.priority, delay=new.delay, idempotency_key=key
            )
            return [job.id]

        return await _told(submit())

    async def many(self, news: Sequence[NewTask]) -> Told:
        """Client.submit_many."""

        async def submit() -> list[str]:
            return [job.id for job in await self._client.submit_many(news)]

        return await _told(submit())


async def _told(submit: Awaitable[list[str]]) -> Told:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return Told(Answer.ACKNOWLEDGED, await submit)
    except (InvalidTask, InvalidBatch, Unsupported) as error:
        return Told(Answer.REFUSED, why=type(error).__name__)
    except (TaskLabError, TimeoutError) as error:
        return Told(Answer.UNKNOWN, why=type(error).__name__)


def _json(new: NewTask) -> dict[str, Any]:
    given = {one.name: getattr(new, one.name) for one in fields(new)}
    return {name: value for name, value in given.items() if value is not None}
