"""TaskLab itself, by its public client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import tasklab_handler  # noqa: F401 (registers the task that is submitted)

from system.client import Client


class TaskLabSender:
    """A client."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def one(self, task: str) -> str:
        """Submit one task."""
        return (await self._client.submit("work", {"task": task})).id

    async def bulk(self, tasks: Sequence[str]) -> None:
        """Submit many, each thousand accepted all or none."""
        await self._client.submit_many([("work", {"task": task}) for task in tasks])


@asynccontextmanager
async def sender() -> AsyncIterator[TaskLabSender]:
    """Connect."""
    async with Client() as client:
        yield TaskLabSender(client)
