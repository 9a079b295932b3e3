"""RQ: jobs through `enqueue`, and `enqueue_many` for bulk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import body
from redis import Redis
from rq import Queue, Retry
from sender import TUNED, URL

RETRY = Retry(max=3) if TUNED else None


class RqSender:
    """A client of one queue."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    async def one(self, task: str) -> str:
        """Submit one job."""
        return str(self._queue.enqueue(body.run, task, retry=RETRY).id)

    async def bulk(self, tasks: Sequence[str]) -> None:
        """Submit many in one pipeline."""
        self._queue.enqueue_many([Queue.prepare_data(body.run, (task,), retry=RETRY) for task in tasks])


@asynccontextmanager
async def sender() -> AsyncIterator[RqSender]:
    """Connect."""
    with Redis.from_url(URL) as redis:
        yield RqSender(Queue(connection=redis))
