"""One history out of all the records of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import orjson
from sqlalchemy import func, select

from benchmarks.checker import Fault, History, Refusal, from_sql
from benchmarks.engine.operations import operations
from system.queues.protocol import Ability
from system.storage.tables import tasks
from system.tasks.task import DEFAULT_QUEUE
from system.wiring import Services

PAGE = 1_000


async def gather(
    services: Services,
    logs: Iterable[Path],
    *,
    faults: list[Fault],
    refusals: list[Refusal],
    drained: bool,
    lease_seconds: float,
) -> History:
    """Read the record and what clients wrote down; a task's key is its mark, also where it came in a batch."""
    history = await from_sql(services.database)
    history.keys = await _marks(services)
    history.operations = [operation for log in logs for operation in operations(log)]
    history.faults, history.refusals = faults, refusals
    history.leftovers = await _held(services, list(history.keys))
    history.drained = drained
    history.lease_seconds = lease_seconds if Ability.LEASES in services.queue.abilities else None
    return history


def accepted_twice(history: History) -> list[str]:
    """Return the marks under which more than one task was accepted."""
    return sorted(mark for mark, count in Counter(history.keys.values()).items() if count > 1)


async def ends_by_type(services: Services) -> dict[str, dict[str, int]]:
    """Count tasks by type and status."""
    query = select(tasks.c.type, tasks.c.status, func.count()).group_by(tasks.c.type, tasks.c.status)
    async with services.database.read() as connection:
        rows = (await connection.execute(query)).all()
    found: dict[str, dict[str, int]] = {}
    for kind, status, count in sorted(map(tuple, rows)):
        found.setdefault(kind, {})[status] = count
    return found


async def _marks(services: Services) -> dict[str, str]:
    async with services.database.read() as connection:
        rows = (await connection.execute(select(tasks.c.id, tasks.c.payload))).all()
    return {row.id: orjson.loads(row.payload)["mark"] for row in rows}


async def _held(services: Services, ids: list[str]) -> list[str]:
    held: list[str] = []
    for start in range(0, len(ids), PAGE):
        page = ids[start : start + PAGE]
        missing = set(await services.queue.missing(DEFAULT_QUEUE, page))
        held += [task_id for task_id in page if task_id not in missing]
    return held
