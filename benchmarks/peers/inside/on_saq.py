"""SAQ on Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import body
from saq import Queue
from saq.types import Context
from sender import SLOTS, TUNED, URL, gathered

KEPT = {"retries": 3, "timeout": 10} if TUNED else {}
queue = Queue.from_url(URL)


async def work(_: Context, *, task: str) -> None:
    """Run a task."""
    await body.arun(task)


settings: dict[str, Any] = {"queue": queue, "functions": [work], "concurrency": SLOTS}
if TUNED:
    settings["timers"] = {"sweep": 5}


class SaqSender:
    """A client of the queue."""

    async def one(self, task: str) -> str:
        """Submit one job."""
        job = await queue.enqueue("work", task=task, **KEPT)
        return str(job.id) if job else ""

    async def bulk(self, tasks: Sequence[str]) -> None:
        """Submit many at once: there is no call for it."""
        await gathered(self.one, tasks)


@asynccontextmanager
async def sender() -> AsyncIterator[SaqSender]:
    """Connect."""
    await queue.connect()
    yield SaqSender()
    await queue.disconnect()
