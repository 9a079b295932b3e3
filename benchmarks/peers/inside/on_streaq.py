"""Streaq on Redis streams, `enqueue_many` for bulk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import body
from sender import SLOTS, TUNED, URL
from streaq import Worker

options = {"idle_timeout": 10} if TUNED else {}
worker = Worker(redis_url=URL, concurrency=SLOTS, anyio_kwargs={"use_uvloop": True}, **options)


@worker.task()
async def work(task: str) -> None:
    """Run a task."""
    await body.arun(task)


class StreaqSender:
    """A client of the worker's queue."""

    async def one(self, task: str) -> str:
        """Submit one task."""
        return str((await work.enqueue(task)).id)

    async def bulk(self, tasks: Sequence[str]) -> None:
        """Submit many in one pipeline."""
        await worker.enqueue_many([work.enqueue(task) for task in tasks])


@asynccontextmanager
async def sender() -> AsyncIterator[StreaqSender]:
    """Connect."""
    async with worker:
        yield StreaqSender()
