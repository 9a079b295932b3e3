"""What is known of a run once it is at rest, from where each phase keeps it: SQL, the API, or a witness's file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from benchmarks.checker import End, History, Outcome, Refusal, Run, from_journal, from_sql, refusals
from benchmarks.engine.drain import drain
from benchmarks.faults.waiting import until
from system.queues.protocol import Ability
from system.storage.tables import attempts, tasks
from system.tasks.task import DEFAULT_QUEUE
from system.wiring import Services, Settings, open_services

PATIENCE_SECONDS = 40.0  # without an end, while it drains
PAGE = 500
MOMENTS = ("created_at", "started_at", "finished_at")
Ask = Callable[..., Any]


@dataclass(kw_only=True)
class Evidence:
    """Rows as dictionaries, times in milliseconds since 1970; and the checker's history without operations."""

    tasks: list[dict[str, Any]] = field(default_factory=list)
    attempts: list[dict[str, Any]] = field(default_factory=list)
    history: History = field(default_factory=History)


async def of_phase_two(settings: Settings, tell: Callable[[int], None]) -> Evidence:
    """Wait until the system is at rest, then read SQL and the queue's own history."""
    async with open_services(settings) as services:
        drained = await drain(services, PATIENCE_SECONDS, hurry=asyncio.Event(), tell=tell)
        history = await from_sql(services.database)
        history.drained = drained
        history.refusals = await _refusals(services)
        async with services.database.read() as connection:
            rows = [dict(row) for row in (await connection.execute(select(tasks))).mappings()]
            tries = [dict(row) for row in (await connection.execute(select(attempts))).mappings()]
        ids = [row["id"] for row in rows]
        history.leftovers = sorted({*ids} - {*await services.queue.missing(DEFAULT_QUEUE, ids)})
        has_leases = Ability.LEASES in services.queue.abilities
        history.lease_seconds = settings.lease_seconds if has_leases else None
        return Evidence(tasks=rows, attempts=tries, history=history)


async def _refusals(services: Services) -> list[Refusal]:
    found: list[Refusal] = []
    position = "0"
    while batches := await services.queue.history(DEFAULT_QUEUE, position, PAGE):
        found += refusals(batches)
        position = batches[-1].position
    return found


def of_phase_one(url: str, ask: Ask) -> Evidence:
    """Wait until a living Phase 1 has nothing open, and ask for all it remembers."""
    rows: list[dict[str, Any]] = []

    def at_rest() -> bool:
        rows[:] = _pages(url, ask)
        return all(row["finished_at"] for row in rows)

    until(at_rest, "Phase 1 is at rest", seconds=PATIENCE_SECONDS)
    known = [{**row, **{name: _ms(row[name]) for name in MOMENTS}, "failures": 0} for row in rows]
    history = History(runs=[*map(_run, known)], ends=[*map(_end, known)], drained=True)
    return Evidence(tasks=known, attempts=[_attempt(run) for run in history.runs], history=history)


def _pages(url: str, ask: Ask) -> Iterator[dict[str, Any]]:
    query: dict[str, Any] = {"limit": PAGE}
    while query:
        page = ask(f"{url}/tasks", **query)
        yield from page["items"]
        query = {"limit": PAGE, "cursor": page["next_cursor"]} if page["next_cursor"] else {}


def of_witness(journal: Path) -> Evidence:
    """Read what the tasks wrote down themselves: all that is left of a Phase 1 that was killed."""
    history = from_journal(journal) if journal.exists() else History()
    history.drained = True  # what ran in a dead process is at rest
    return Evidence(attempts=[_attempt(run) for run in history.runs], history=history)


def _run(row: dict[str, Any]) -> Run:
    began, outcome = row["started_at"] or row["created_at"], Outcome(row["status"])
    return Run(task_id=row["id"], worker="worker", started_at=began, ended_at=row["finished_at"], outcome=outcome)


def _end(row: dict[str, Any]) -> End:
    return End(task_id=row["id"], state=row["status"], at=row["finished_at"])


def _attempt(run: Run) -> dict[str, Any]:
    return {
        "task_id": run.task_id,
        "attempt": 1,
        "worker": run.worker,
        "claimed_at": run.started_at,
        "started_at": run.started_at,
        "finished_at": run.ended_at,
        "outcome": None if run.outcome is None else str(run.outcome),
    }


def _ms(text: str | None) -> int | None:
    return None if text is None else round(datetime.fromisoformat(text).timestamp() * 1000)
