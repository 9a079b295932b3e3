"""A record in another process's memory, read over HTTP and written into SQL, so that one checker judges both phases."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from system.queues.memory import MemoryQueue, MemoryRegistry
from system.storage.session import Database
from system.storage.store import Store
from system.storage.tables import attempts, tasks
from system.wiring import Services, migrate

Get = Callable[[str], Awaitable[Any]]
"""Returns what the API answers to a path."""
PAGE = 500
MOMENTS = ("created_at", "run_at", "started_at", "finished_at")


@asynccontextmanager
async def copied(get: Get, folder: Path, lease_seconds: float) -> AsyncIterator[Services]:
    """Give a copy of the record, with an empty queue beside it; raises TaskLabError where the API does not answer."""
    database = Database(f"sqlite+aiosqlite:///{folder}/copy.db")
    try:
        services = Services(MemoryQueue(lease_seconds=lease_seconds), MemoryRegistry(), database, Store(database))
        await migrate(services)
        cursor: str | None = ""
        while cursor is not None:
            page = await get(f"/tasks?limit={PAGE}" + (f"&cursor={cursor}" if cursor else ""))
            await _write(database, get, page["items"])
            cursor = page["next_cursor"]
        yield services
    finally:
        await database.close()


async def _write(database: Database, get: Get, items: list[dict[str, Any]]) -> None:
    tries = [row for task in items for row in await _attempts(get, task)]
    async with database.write() as connection:
        for table, rows in ((tasks, [_task(task) for task in items]), (attempts, tries)):
            if rows:
                await connection.execute(table.insert(), rows)


def _task(task: dict[str, Any]) -> dict[str, Any]:
    moments = {name: _ms(task[name]) for name in MOMENTS}
    # The API does not tell failures; here nothing but a failure makes another attempt.
    told = {"failures": max(0, task["attempts"] - 1), "owner": "", "payload": json.dumps(task["payload"])}
    return {**task, **moments, **told, "result": json.dumps(task["result"])}


async def _attempts(get: Get, task: dict[str, Any]) -> list[dict[str, Any]]:
    if task["attempts"] == 1 and task["status"] == "succeeded":
        # All there is to know stands in the task's row: one more call for each would take longer than the trial.
        known = {"attempt": 1, "outcome": "succeeded", "error": None, "claimed_at": task["started_at"]}
        found = [known | {name: task[name] for name in ("worker", "started_at", "finished_at")}]
    else:
        found = await get(f"/tasks/{task['id']}/attempts")
    moments = ("claimed_at", "started_at", "finished_at")
    return [
        {
            **one,
            **{name: _ms(one[name]) for name in moments},
            "task_id": task["id"],
            "token": f"{number}:{one['worker']}",
        }
        for number, one in enumerate(found, 1)
    ]


def _ms(moment: str | None) -> int | None:
    return None if moment is None else round(datetime.fromisoformat(moment).timestamp() * 1000)
