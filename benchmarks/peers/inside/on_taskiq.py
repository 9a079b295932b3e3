"""Taskiq on Redis streams, where tasks are acknowledged, or (PEER_VARIANT=list) on a list, where they are not."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import body
from sender import TUNED, URL, gathered
from taskiq_redis import ListQueueBroker, RedisStreamBroker

if os.environ.get("PEER_VARIANT") == "list":
    # Without a time limit: redis-py's default of 5 s ends a worker whose blocking pop waits longer.
    broker = ListQueueBroker(URL, socket_timeout=None)
else:
    broker = RedisStreamBroker(URL, socket_timeout=None, consumer_id="0", **({"idle_timeout": 10_000} if TUNED else {}))


@broker.task(task_name="work")
async def work(task: str) -> None:
    """Run a task."""
    await body.arun(task)


class TaskiqSender:
    """A client of the broker."""

    async def one(self, task: str) -> str:
        """Submit one task."""
        return str((await work.kiq(task)).task_id)

    async def bulk(self, tasks: Sequence[str]) -> None:
        """Submit many at once: there is no call for it."""
        await gathered(self.one, tasks)


@asynccontextmanager
async def sender() -> AsyncIterator[TaskiqSender]:
    """Connect."""
    await broker.startup()
    yield TaskiqSender()
    await broker.shutdown()
