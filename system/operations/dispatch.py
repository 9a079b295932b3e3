"""Handing tasks to the queue, and remembering that it is away so that nobody waits to find out again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from system.operations.in_time import PATIENCE_SECONDS, in_time
from system.queues.protocol import Queue
from system.tasks.errors import QueueUnavailable
from system.tasks.task import DEFAULT_QUEUE, Task

PROBE_SECONDS = 1.0  # the pause between two looks at a queue that is away

log = logging.getLogger(__name__)


class Dispatcher:
    """Puts tasks into the queue where it answers.

    After one failure `put` says no at once, and one look a second in the background finds out when the queue is back.
    What was not put stays in SQL, from where the reconciler takes it.
    """

    def __init__(self, queue: Queue, *, patience: float = PATIENCE_SECONDS, probe: float = PROBE_SECONDS) -> None:
        self._queue = queue
        self._patience = patience
        self._probe = probe
        self._watch: asyncio.Task[None] | None = None

    @property
    def away(self) -> bool:
        """Whether the queue was away when last tried."""
        return self._watch is not None

    async def put(self, tasks: Sequence[Task], *, announce: bool = False) -> bool:
        """Put tasks; False where the queue is away, in which case it may have some of them or none."""
        if self.away:
            return False
        try:
            async with in_time(self._patience):
                await self._queue.put(tasks, announce=announce)
        except QueueUnavailable as error:
            self._notice(error)
            return False
        return True

    async def stop(self) -> None:
        """End the background look."""
        while (watch := self._watch) is not None and not watch.done():
            watch.cancel()  # again, because the Redis client may swallow it (wait_for of Python 3.11)
            await asyncio.wait([watch], timeout=self._probe)

    def _notice(self, error: Exception) -> None:
        if self._watch is None:
            log.warning("the queue is away, tasks are accepted as deferred: %s", error)
            self._watch = asyncio.create_task(self._until_back(), name="queue-probe")

    async def _until_back(self) -> None:
        try:
            while not await self._answers():  # noqa: ASYNC110  (what is away does not call back)
                await asyncio.sleep(self._probe)
            log.warning("the queue is back")
        finally:
            self._watch = None  # whatever ends the looking, the next put tries for itself

    async def _answers(self) -> bool:
        try:
            async with in_time(self._patience):
                await self._queue.check(DEFAULT_QUEUE)
        except QueueUnavailable:
            return False
        return True
