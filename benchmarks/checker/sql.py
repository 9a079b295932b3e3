"""What the record says: TaskLab's own tables read as runs and ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, select

from benchmarks.checker.history import End, History, Outcome, Run
from benchmarks.checker.tasks import fence
from system.storage.session import Database
from system.storage.tables import attempts, tasks
from system.tasks.task import Status

OUTCOMES = {
    "succeeded": Outcome.SUCCEEDED,
    "failed": Outcome.RETRYING,  # unless its task died of it
    "cancelled": Outcome.CANCELLED,
    "released": Outcome.RELEASED,
    "lease_expired": Outcome.EXPIRED,
    None: None,
}
LAST_OUTCOME = {Status.DEAD: "failed", Status.CANCELLED: "cancelled"}
"""How the attempt came out that brought its task to such an end; a task can also end without one."""


async def from_sql(database: Database) -> History:
    """Read runs, ends and keys. What clients were told, faults, leftovers and the drain are for the caller to add.

    The earlier attempts of a dead task that was requeued read as failed ones, so its new run is no duplicate.
    """
    columns = (tasks.c.id, tasks.c.status, tasks.c.finished_at, tasks.c.idempotency_key)
    async with database.read() as connection:
        rows = (await connection.execute(select(*columns))).all()
        tries = (await connection.execute(select(attempts))).all()
    by_task: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for attempt in sorted(tries, key=lambda attempt: fence(attempt.token) or 0):
        by_task[attempt.task_id].append(attempt)
    ends = [end for row in rows if Status(row.status).over for end in _ends(row, by_task[row.id])]
    final = {(end.task_id, end.token) for end in ends}
    return History(
        runs=[_run(attempt, final) for attempt in tries],
        ends=ends,
        keys={row.id: row.idempotency_key for row in rows if row.idempotency_key is not None},
    )


def _run(attempt: Row[Any], final: set[tuple[str, str | None]]) -> Run:
    outcome = OUTCOMES[attempt.outcome]
    if outcome is Outcome.RETRYING and (attempt.task_id, attempt.token) in final:
        outcome = Outcome.DEAD
    moments = (attempt.claimed_at, attempt.started_at, attempt.finished_at)  # a wiped history may lack the claim
    return Run(
        task_id=attempt.task_id,
        worker=attempt.worker,
        token=attempt.token,
        started_at=next(moment for moment in moments if moment is not None),
        ended_at=attempt.finished_at,
        outcome=outcome,
    )


def _ends(row: Any, tries: Sequence[Row[Any]]) -> Iterator[End]:
    """Give the end that the task's row tells, and each success beside it: more than one is for the checker to judge."""
    for attempt in tries:
        if attempt.outcome == Status.SUCCEEDED:
            yield End(task_id=row.id, state=attempt.outcome, at=attempt.finished_at, token=attempt.token)
    if row.status == Status.SUCCEEDED and any(attempt.outcome == Status.SUCCEEDED for attempt in tries):
        return
    brought_it = bool(tries) and tries[-1].outcome == LAST_OUTCOME.get(Status(row.status))
    yield End(task_id=row.id, state=row.status, at=row.finished_at, token=tries[-1].token if brought_it else None)
