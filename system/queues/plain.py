"""What the two plain Redis queues, `brpop` and `streams`, have in common: what they can't do, and a notebook.

The notebook is the history stream `{tl:Q}:events`. It belongs to TaskLab, not to the queue: neither the seed nor Redis
Streams knows what became of a task.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn
from uuid import uuid4

import orjson

from system.queues.breakers import Breakers, NoBreakers
from system.queues.codec import RawEvent, encode
from system.queues.connection import redis_errors
from system.queues.history import StreamHistory
from system.queues.keys import Keys
from system.tasks.context import Report
from system.tasks.errors import Unsupported
from system.tasks.events import Kind
from system.tasks.task import Task


class PlainQueue(StreamHistory):
    """First in, first out, and no place to put a task aside."""

    breakers: Breakers = NoBreakers()

    async def cancel(self, queue: str, task_id: str) -> NoReturn:
        """Raise Unsupported: a task can't be found by its id without reading the whole queue."""
        message = f"a {self._name} queue can't take out one task: {task_id} stays in {queue}"
        raise Unsupported(message)

    async def report(self, reports: Sequence[Report]) -> None:
        """Do nothing: nothing tells a word on a task in hand from one that comes too late."""

    async def find(self, queue: str, task_id: str) -> NoReturn:
        """Raise Unsupported, for the same reason."""
        message = f"a {self._name} queue can't say where one task is: {task_id} is somewhere in {queue}, or was"
        raise Unsupported(message)

    async def pause(self, queue: str) -> NoReturn:
        """Raise Unsupported: the workers take from Redis directly, and nothing there says wait."""
        message = f"a {self._name} queue can't be paused: {queue} goes on"
        raise Unsupported(message)

    async def resume(self, queue: str) -> NoReturn:
        """Raise Unsupported."""
        message = f"a {self._name} queue can't be paused or resumed: {queue} goes on"
        raise Unsupported(message)

    async def check(self, queue: str) -> None:
        """Write a mark that is gone at once: a Redis without memory or disk answers questions, and takes nothing."""
        with redis_errors():
            await self._redis.set(Keys(queue).probe, 1, px=1)

    async def epoch(self, queue: str) -> str | None:
        """Return the mark that a Redis which lost its data lacks."""
        with redis_errors():
            mark = await self._redis.get(Keys(queue).epoch)
        return mark.decode() if mark else None

    async def begin_epoch(self, queue: str) -> str:
        """Set a new mark."""
        mark = uuid4().hex
        with redis_errors():
            await self._redis.set(Keys(queue).epoch, mark)
        return mark

    async def close(self) -> None:
        """Close the client's connections."""
        await self._redis.aclose()

    @property
    def _name(self) -> str:
        return type(self).__name__.removesuffix("Queue").lower()

    async def _now_ms(self) -> int:
        with redis_errors():
            seconds, microseconds = await self._redis.time()
        return int(seconds) * 1000 + int(microseconds) // 1000

    async def _refuse_delays(self, tasks: Sequence[Task]) -> None:
        """Raise Unsupported where a task is to wait for its time."""
        latest = max((task.run_at for task in tasks if task.run_at > task.created_at), default=0)
        if latest and latest > await self._now_ms():
            message = f"a {self._name} queue knows no delays: a task can't wait for its time"
            raise Unsupported(message)


def write(task: Task) -> bytes:
    """Write a whole task as JSON, its id and queue included."""
    return orjson.dumps(task)


def read(body: bytes) -> Task:
    """Read a whole task."""
    return Task(**orjson.loads(body))


def queued(task: Task, *, announce: bool = False) -> RawEvent:
    """Tell that a task waits; announced, with the task itself."""
    return (Kind.QUEUED, task.id, None, task.deliveries, {"task": orjson.Fragment(encode(task))} if announce else None)
