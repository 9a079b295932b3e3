"""The verdict: whether every accepted task came to an end, or is at least on its way to one."""

from __future__ import annotations

import time
from dataclasses import dataclass

from system.operations.recorded import let_recorder_catch_up
from system.queues.protocol import Queue
from system.storage.rows import Verdict
from system.storage.store import Store

PAGE = 500


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the record says of all tasks, and which open ones are missing from the queue."""

    record: Verdict
    missing: tuple[str, ...]
    """Ids of open tasks that are in SQL alone: deferred ones, or lost ones if the queue can't be rebuilt."""

    @property
    def drained(self) -> bool:
        """Whether every task came to an end."""
        return self.record.open == 0

    @property
    def good(self) -> bool:
        """Whether nothing is missing and no result was recorded twice."""
        return not self.missing and self.record.double_successes == 0


async def judge(store: Store, queue: Queue) -> Judgement:
    """Compare the record with every named queue; tasks that end meanwhile are no trouble."""
    now_ms = int(time.time() * 1000)
    missing: list[str] = []
    for name in await store.queue_names():
        suspects = await _suspects(store, queue, name, now_ms)
        if suspects:
            await let_recorder_catch_up(store, queue, name)
        missing += [row.id for row in await store.get_many(suspects) if not row.status.over]
    return Judgement(await store.verdict(), tuple(missing))


async def _suspects(store: Store, queue: Queue, name: str, now_ms: int) -> list[str]:
    """Return the open tasks that the queue does not know."""
    found: list[str] = []
    after: str | None = None
    while ids := await store.open_ids(name, created_before_ms=now_ms, after_id=after, limit=PAGE):
        found += await queue.missing(name, ids)
        after = ids[-1]
    return found
