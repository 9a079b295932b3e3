"""ArdiQ: its core in Rust reads and writes Redis, `enqueue_many` stages bulk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import body
from ardiq import Ardiq
from sender import SLOTS, TUNED, URL

options = {"idle_timeout_ms": 10_000} if TUNED else {}
app = Ardiq(redis_url=URL, queue_name="peers", concurrency=SLOTS, prefetch=2 * SLOTS, **options)


@app.task()
async def work(task: str) -> None:
    """Run a task."""
    await body.arun(task)


class ArdiqSender:
    """A client of the app."""

    async def one(self, task: str) -> str:
        """Submit one task."""
        return str((await work.enqueue(task)).id)

    async def bulk(self, tasks: Sequence[str]) -> None:
        """Submit many in one round trip."""
        await app.enqueue_many([work.prepare(task) for task in tasks])


@asynccontextmanager
async def sender() -> AsyncIterator[ArdiqSender]:
    """Connect."""
    yield ArdiqSender()
