"""Docket on Redis streams, fire and forget, `add_many` for bulk: `on_docket.py` runs its worker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import body
import uvloop
from docket import Docket, Worker
from sender import SLOTS, TUNED, URL

NOTHING_KEPT = timedelta(0)
CHECK = timedelta(milliseconds=10)  # a worker whose slots are full sleeps this long
REDELIVERY = timedelta(seconds=10) if TUNED else timedelta(minutes=5)


async def work(task: str) -> None:
    """Run a task."""
    await body.arun(task)


class DocketSender:
    """A client of the docket."""

    def __init__(self, docket: Docket) -> None:
        self._docket = docket

    async def one(self, task: str) -> str:
        """Submit one task."""
        return str((await self._docket.add(work)(task)).key)

    async def bulk(self, tasks: Sequence[str]) -> None:
        """Submit many in pipelines."""
        await self._docket.add_many([self._docket.call(work)(task) for task in tasks])


@asynccontextmanager
async def opened() -> AsyncIterator[Docket]:
    """Connect."""
    async with Docket(name="peers", url=URL, execution_ttl=NOTHING_KEPT) as docket:
        docket.register(work)
        yield docket


@asynccontextmanager
async def sender() -> AsyncIterator[DocketSender]:
    """Connect as a client."""
    async with opened() as docket:
        yield DocketSender(docket)


async def main() -> None:
    """Run a worker."""
    async with (
        opened() as docket,
        Worker(docket, concurrency=SLOTS, minimum_check_interval=CHECK, redelivery_timeout=REDELIVERY) as worker,
    ):
        await worker.run_forever()


if __name__ == "__main__":
    uvloop.run(main())
