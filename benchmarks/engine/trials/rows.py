"""Records of calls, tasks, attempts and faults, out of what was written down during a trial."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Row, select

from benchmarks.checker import Answer, Fault
from benchmarks.engine.operations import mark_of, read_calls
from benchmarks.records import AttemptRecord, FaultRecord, RequestRecord, TaskRecord
from system.storage.session import Database
from system.storage.tables import attempts, tasks


class Clock:
    """Turns milliseconds since 1970 into seconds of the trial."""

    def __init__(self, trial: int, began_at: float) -> None:
        self.trial = trial
        self._began_ms = began_at * 1000

    def __call__(self, ms: float) -> float:
        """Convert."""
        return round((ms - self._began_ms) / 1000, 4)

    def maybe(self, ms: float | None) -> float | None:
        """Convert what may not be known."""
        return None if ms is None else self(ms)


def requests(clock: Clock, logs: Mapping[str, Path]) -> list[RequestRecord]:
    """Read all calls."""
    return [_request(clock, client, call) for client, log in logs.items() for call in read_calls(log)]


def intended(logs: Mapping[str, Path]) -> dict[str, float]:
    """Return when each scheduled task was meant to come, milliseconds since 1970, by its mark."""
    calls = (call for log in logs.values() for call in read_calls(log) if "intended" in call)
    return {mark_of(call["call"], index): call["intended"] for call in calls for index in range(call["tasks"])}


def missed(logs: Mapping[str, Path]) -> list[float]:
    """Return when the calls were due that were never made, milliseconds since 1970."""
    lines = (line for log in logs.values() for line in log.read_bytes().splitlines() if b'"missed"' in line)
    return [entry["intended"] for entry in map(orjson.loads, lines)]


async def task_records(clock: Clock, database: Database, meant: Mapping[str, float]) -> list[TaskRecord]:
    """Read all tasks; `meant` tells for some marks when their tasks were due."""
    columns = [column for column in tasks.columns if column.name not in ("result", "error")]
    async with database.read() as connection:
        rows = (await connection.execute(select(*columns))).all()
    return [_task(clock, row, meant) for row in rows]


async def attempt_records(clock: Clock, database: Database) -> list[AttemptRecord]:
    """Read all attempts."""
    async with database.read() as connection:
        rows = (await connection.execute(select(attempts))).all()
    return [_attempt(clock, row) for row in rows]


def fault_records(clock: Clock, faults: Iterable[Fault]) -> Iterator[FaultRecord]:
    """Convert what was broken."""
    for fault in faults:
        yield FaultRecord(
            trial=clock.trial,
            kind=str(fault.kind),
            target=fault.target,
            at_s=clock(fault.at),
            until_s=clock(fault.until),
        )


def _request(clock: Clock, client: str, call: dict[str, Any]) -> RequestRecord:
    answered, took = call.get("answered"), call.get("took")
    # Locust dates to the microsecond what it sends, but writes the whole millisecond for the checker.
    sent = call["sent"] if answered is None or took is None else answered - took
    return RequestRecord(
        trial=clock.trial,
        client=client,
        tasks=call["tasks"],
        intended_s=clock(call.get("intended", call["sent"])),
        sent_s=clock(sent),
        answered_s=clock.maybe(answered),
        answer=call.get("answer", Answer.UNKNOWN),
    )


def _task(clock: Clock, row: Row[Any], meant: Mapping[str, float]) -> TaskRecord:
    return TaskRecord(
        trial=clock.trial,
        task_id=row.id,
        type=row.type,
        priority=row.priority,
        intended_s=clock.maybe(meant.get(orjson.loads(row.payload)["mark"])),
        accepted_s=clock(row.created_at),
        started_s=clock.maybe(row.started_at),
        finished_s=clock.maybe(row.finished_at),
        status=row.status,
        attempts=row.attempts,
        failures=row.failures,
        worker=row.worker,
    )


def _attempt(clock: Clock, row: Row[Any]) -> AttemptRecord:
    # A history that was wiped may lack the claim.
    claimed = next(moment for moment in (row.claimed_at, row.started_at, row.finished_at) if moment is not None)
    return AttemptRecord(
        trial=clock.trial,
        task_id=row.task_id,
        attempt=row.attempt,
        worker=row.worker or "",
        claimed_s=clock(claimed),
        started_s=clock.maybe(row.started_at),
        finished_s=clock.maybe(row.finished_at),
        outcome=row.outcome,
    )
