"""What the record's questions cost while more and more finished tasks lie in it: pages, counts, one task, pruning."""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import uvloop

from benchmarks.growth.filling import EPOCH_MS, fill
from benchmarks.growth.points import Point
from system.storage.migrate import migrate
from system.storage.session import Database
from system.storage.store import Store
from system.tasks.task import Status
from system.upkeep.pruner import HELPING

CURVE = "rows"
REPEATS = 11
PAGE = 50


def measure(sizes: Sequence[int], folder: Path) -> list[Point]:
    """Fill one SQLite file step by step, and ask at each size; the medians count."""
    folder.mkdir(parents=True, exist_ok=True)
    return uvloop.run(_measure(sorted(sizes), folder / "tasklab.db"))


async def _measure(sizes: Sequence[int], file: Path) -> list[Point]:
    database = Database(f"sqlite+aiosqlite:///{file}")
    points = []
    try:
        await migrate(database)
        store, have, pruned = Store(database), 0, 0
        for size in sizes:
            fill(file, have, size)
            have = size
            points += [await _cost(what, ask, size) for what, ask in (await _questions(store)).items()]
            points.append(await _pruning(store, pruned, size))
            pruned += HELPING
            points.append(Point(curve=CURVE, size=size, what="disk of a task", value=_bytes(file) / size, unit="bytes"))
    finally:
        await database.close()
    return points


async def _questions(store: Store) -> dict[str, Callable[[], Awaitable[object]]]:
    newest = (await store.find(limit=1))[0].id
    return {
        "newest page": lambda: store.find(limit=PAGE),
        "page of a status": lambda: store.find(status=Status.DEAD, limit=PAGE),
        "page of a rare type": lambda: store.find(type="rare", limit=PAGE),
        "page of type and status": lambda: store.find(type="echo", status=Status.SUCCEEDED, limit=PAGE),
        "one task": lambda: store.get(newest),
        "its attempts": lambda: store.attempts(newest),
        "open tasks counted": store.count_open,
        "dead tasks counted": store.dead_by_queue,
        "all counted by status": store.counts,
    }


async def _cost(what: str, ask: Callable[[], Awaitable[object]], size: int) -> Point:
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        await ask()
        times.append(time.perf_counter() - began)
    return Point(curve=CURVE, size=size, what=what, value=statistics.median(times) * 1000, unit="ms")


async def _pruning(store: Store, pruned: int, size: int) -> Point:
    """Delete the oldest tasks, one helping: what came before is gone already."""
    began = time.perf_counter()
    deleted = await store.prune(EPOCH_MS + pruned + HELPING + 2, HELPING)
    seconds = time.perf_counter() - began
    return Point(curve=CURVE, size=size, what=f"{HELPING} tasks pruned", value=seconds / deleted * 1e6, unit="µs/task")


def _bytes(file: Path) -> int:
    return file.stat().st_size
