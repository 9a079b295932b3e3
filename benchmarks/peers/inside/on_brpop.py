"""The bare loops, a control that loses what it holds: JSON on a list, popped with BRPOP or in hundreds with RPOP.

`on_brpop.py one|many` runs a worker.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager

import body
from redis import Redis
from sender import URL

QUEUE = "peers"
BATCH = 100
WAIT_SECONDS = 2
redis = Redis.from_url(URL)


class BareSender:
    """A client."""

    async def one(self, task: str) -> str:
        """Push one."""
        redis.lpush(QUEUE, json.dumps({"task": task}))
        return ""

    async def bulk(self, tasks: Sequence[str]) -> None:
        """Push many in one command."""
        redis.lpush(QUEUE, *(json.dumps({"task": task}) for task in tasks))


@asynccontextmanager
async def sender() -> AsyncIterator[BareSender]:
    """Connect."""
    redis.ping()
    yield BareSender()


def one_by_one() -> Iterator[bytes]:
    """Pop one task after another."""
    while True:
        if (popped := redis.brpop([QUEUE], timeout=WAIT_SECONDS)) is not None:
            yield popped[1]


def in_hundreds() -> Iterator[bytes]:
    """Pop a hundred tasks at a time; while there are none, wait for one."""
    for first in one_by_one():
        yield first
        while more := redis.rpop(QUEUE, BATCH):
            yield from more


if __name__ == "__main__":
    for line in in_hundreds() if sys.argv[1] == "many" else one_by_one():
        body.run(json.loads(line)["task"])
