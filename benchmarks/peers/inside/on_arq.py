"""Arq on Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import body
from arq import create_pool
from arq.connections import ArqRedis, RedisSettings
from sender import SLOTS, TUNED, URL, gathered

REDIS = RedisSettings.from_dsn(URL)


async def work(_: dict[str, Any], task: str) -> None:
    """Run a task."""
    await body.arun(task)


class WorkerSettings:
    """What `arq on_arq.WorkerSettings` runs."""

    functions = (work,)
    redis_settings = REDIS
    max_jobs = SLOTS
    keep_result = 0
    poll_delay = 0.01
    job_timeout = 10 if TUNED else 300


class ArqSender:
    """A client of the pool."""

    def __init__(self, pool: ArqRedis) -> None:
        self._pool = pool

    async def one(self, task: str) -> str:
        """Submit one job."""
        job = await self._pool.enqueue_job("work", task)
        return job.job_id if job else ""

    async def bulk(self, tasks: Sequence[str]) -> None:
        """Submit many at once: there is no call for it."""
        await gathered(self.one, tasks)


@asynccontextmanager
async def sender() -> AsyncIterator[ArqSender]:
    """Connect."""
    pool = await create_pool(REDIS)
    yield ArqSender(pool)
    await pool.aclose()
