"""Dramatiq on Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import body
import dramatiq
from dramatiq.brokers.redis import RedisBroker
from sender import TUNED, URL, OneByOne

HEARTBEAT_MS = 10_000
options = {"heartbeat_timeout": HEARTBEAT_MS, "maintenance_chance": 100_000} if TUNED else {}
dramatiq.set_broker(RedisBroker(url=URL, **options))


@dramatiq.actor
def work(task: str) -> None:
    """Run a task."""
    body.run(task)


@asynccontextmanager
async def sender() -> AsyncIterator[OneByOne]:
    """Connect."""
    yield OneByOne(lambda task: str(work.send(task).options["redis_message_id"]))
