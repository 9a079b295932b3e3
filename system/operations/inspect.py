"""Looking at tasks, queues and workers without changing anything."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from system.operations.ids import known_form, not_found
from system.operations.in_time import in_time
from system.queues.protocol import Queue, Stats
from system.queues.registry import WorkerRegistry
from system.storage.rows import AttemptRow, TaskRow
from system.storage.store import Store
from system.tasks.task import DEFAULT_QUEUE, PRIORITIES, Status

LOST_AFTER_SECONDS = 10.0  # without a heartbeat
REREAD_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Page:
    """Some tasks, newest first, and what to ask for the next page with (None: that was the last)."""

    items: list[TaskRow]
    next_cursor: str | None


async def get(store: Store, task_id: str, *, owner: str | None = None, patience: float = 0.0) -> TaskRow:
    """Return a task's record, or raise NotFound, also where it is not `owner`'s (None: anybody's).

    `patience` is for tasks that the queue has but SQL may not have yet: seconds to wait for the recorder.
    """
    task_id = known_form(task_id)
    clock = asyncio.get_running_loop().time
    deadline = clock() + patience
    while (row := await store.get(task_id)) is None and clock() < deadline:  # noqa: ASYNC110  (SQL does not call back)
        await asyncio.sleep(REREAD_SECONDS)
    if row is None or (owner is not None and row.owner != owner):
        raise not_found(task_id)
    return row


async def find(
    store: Store,
    *,
    status: Status | None = None,
    type: str | None = None,
    queue: str | None = None,
    owner: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page:
    """Return a page of tasks that fit all that is given."""
    rows = await store.find(status=status, type=type, queue=queue, owner=owner, limit=limit + 1, before=cursor)
    items = rows[:limit]
    return Page(items, items[-1].id if len(rows) > limit else None)


async def attempts(store: Store, task_id: str, *, owner: str | None = None) -> list[AttemptRow]:
    """Return what became of each attempt, oldest first, or raise NotFound."""
    row = await get(store, task_id, owner=owner)
    return await store.attempts(row.id)


async def workers(registry: WorkerRegistry) -> list[dict[str, Any]]:
    """Return what each worker last said of itself, with a `status`: running, draining or lost."""
    async with in_time():
        infos = await registry.workers()
    return [
        {**info, "status": "lost" if info["age_seconds"] > LOST_AFTER_SECONDS else info["status"]} for info in infos
    ]


async def stats(store: Store, queue: Queue, registry: WorkerRegistry) -> dict[str, Any]:
    """Count what waits, runs and was done, over all queues and (under `queues`) for each."""
    names = sorted({DEFAULT_QUEUE, *await store.queue_names()})
    alive = [info for info in await workers(registry) if info["status"] != "lost"]
    async with in_time():
        each = {name: await queue.stats(name) for name in names}
    dead = await store.dead_by_queue()
    queues = {
        name: _figures([one], dead=dead.get(name, 0), workers=sum(name in info["queues"] for info in alive))
        for name, one in each.items()
    }
    return {**_figures(each.values(), dead=sum(dead.values()), workers=len(alive)), "queues": queues}


def _figures(several: Iterable[Stats], *, dead: int, workers: int) -> dict[str, Any]:
    counts = list(several)
    ready, leased = sum(one.ready for one in counts), sum(one.leased for one in counts)
    finished, failed = sum(one.finished_1m for one in counts), sum(one.failed_1m for one in counts)
    return {
        "queue_size": ready,
        "processing": leased,
        "total_pending": ready + leased,
        "scheduled": sum(one.scheduled for one in counts),
        "dead": dead,
        "oldest_age_seconds": max(one.oldest_age_seconds for one in counts),
        "by_priority": _by_priority([one.by_priority for one in counts]),
        "workers": workers,
        "throughput_1m": float(finished),
        "error_rate_1m": failed / finished if finished else 0.0,
        "paused": all(one.paused for one in counts),
    }


def _by_priority(counts: Iterable[Mapping[int, int]]) -> dict[str, int]:
    several = list(counts)
    return {str(priority): sum(one.get(priority, 0) for one in several) for priority in PRIORITIES}
