"""Huey on Redis lists, with a blocking pop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import body
from huey import RedisHuey
from sender import URL, OneByOne

huey = RedisHuey("peers", url=URL)


@huey.task()
def work(task: str) -> None:
    """Run a task."""
    body.run(task)


@asynccontextmanager
async def sender() -> AsyncIterator[OneByOne]:
    """Connect."""
    yield OneByOne(lambda task: str(work(task).id))
