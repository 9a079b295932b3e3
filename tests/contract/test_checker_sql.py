"""The checker reads TaskLab's own record: attempts become runs, terminal states become ends."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from benchmarks.checker import Answer, End, Operation, Outcome, Verdict, check, from_sql
from system.storage.projection import Projection
from system.storage.rows import TaskRow
from system.storage.session import Database
from system.storage.store import Store
from system.storage.tables import tasks
from system.tasks.events import Batch, Event, Kind
from tests.fixtures.tasks import NOW, new_row

ENDED = {"started_at": NOW + 1, "finished_at": NOW + 2}


async def happen(database: Database, row: TaskRow, *events: tuple[Kind, int, str | None, dict[str, Any]]) -> None:
    """Record what happened to a task: kind, ms after the beginning, token, whatever else."""
    batches = [
        Batch(
            f"{NOW + at}-{number}",
            (Event(kind=kind, at=NOW + at, queue=row.queue, task_id=row.id, token=token, delivery=1, **more),),
        )
        for number, (kind, at, token, more) in enumerate(events, start=1)
    ]
    projection = Projection(database)
    position, _ = await projection.position(row.queue)
    assert await projection.apply(row.queue, expected=position, batches=batches)


async def accepted(store: Store, key: str | None = None) -> TaskRow:
    """Accept a task."""
    row = new_row(key=key)
    await store.insert([row])
    return row


async def test_a_takeover_is_read_as_two_runs_and_one_end(database: Database, store: Store) -> None:
    """The usual story of a killed worker: claimed, lease ended, claimed by another, succeeded."""
    row = await accepted(store, key="once")
    await happen(
        database,
        row,
        (Kind.CLAIMED, 0, "1:w1", {}),
        (Kind.EXPIRED, 10_000, "1:w1", {}),
        (Kind.CLAIMED, 10_001, "2:w2", {}),
        (Kind.SUCCEEDED, 10_005, "2:w2", {"result": "1", "started_at": NOW + 10_002, "finished_at": NOW + 10_004}),
    )
    history = await from_sql(database)
    assert history.keys == {row.id: "once"}
    assert history.ends == [End(task_id=row.id, state="succeeded", at=NOW + 10_004, token="2:w2")]  # noqa: S106
    runs = sorted(history.runs, key=lambda run: run.started_at)
    assert [(run.worker, run.started_at - NOW, run.outcome) for run in runs] == [
        ("w1", 0, Outcome.EXPIRED),
        ("w2", 10_001, Outcome.SUCCEEDED),
    ]
    history.operations = [Operation(key="once", sent_at=NOW, answer=Answer.UNKNOWN)]
    history.drained = True
    history.lease_seconds = 10.0
    report = check(history)
    assert report.recovered == (row.id,)
    assert [duplicate.cause for duplicate in report.duplicates] == ["lease end"]
    history.operations.append(Operation(key="once", sent_at=NOW, answer=Answer.ACKNOWLEDGED, task_id=row.id))
    assert check(history).verdict is Verdict.VALID


async def test_an_open_task_has_no_end(database: Database, store: Store) -> None:
    """Acknowledged, and the record says that it still runs: nothing to show for it."""
    row = await accepted(store)
    await happen(database, row, (Kind.CLAIMED, 0, "1:w1", {}))
    history = await from_sql(database)
    history.operations = [Operation(key=row.id, sent_at=NOW, answer=Answer.ACKNOWLEDGED, task_id=row.id)]
    history.drained = True
    assert check(history).lost == (row.id,)


async def test_the_ways_a_task_ends(database: Database, store: Store) -> None:
    """Dead of a failure, dead of lost leases, cancelled while it waited: each is one end, and fits its runs."""
    failed, poison, waiting = [await accepted(store) for _ in range(3)]
    await happen(database, failed, (Kind.CLAIMED, 0, "1:w1", {}), (Kind.RETRYING, 2, "1:w1", {"failures": 1, **ENDED}))
    await happen(database, failed, (Kind.CLAIMED, 5, "2:w1", {}), (Kind.DEAD, 8, "2:w1", {"failures": 2, **ENDED}))
    await happen(database, poison, (Kind.CLAIMED, 10, "3:w1", {}))
    await happen(database, poison, (Kind.EXPIRED, 20, "3:w1", {}), (Kind.DEAD, 20, "3:w1", {}))
    await happen(database, waiting, (Kind.CANCELLED, 30, None, {}))
    history = await from_sql(database)
    outcomes = {(run.token, run.outcome) for run in history.runs}
    assert outcomes == {("1:w1", Outcome.RETRYING), ("2:w1", Outcome.DEAD), ("3:w1", Outcome.EXPIRED)}
    assert {(end.task_id, end.state, end.token) for end in history.ends or ()} == {
        (failed.id, "dead", "2:w1"),
        (poison.id, "dead", None),
        (waiting.id, "cancelled", None),
    }
    history.operations = [
        Operation(key=row.id, sent_at=NOW, answer=Answer.ACKNOWLEDGED, task_id=row.id)
        for row in (failed, poison, waiting)
    ]
    history.drained, history.lease_seconds = True, 10.0
    assert check(history).verdict is Verdict.VALID


async def test_a_dead_task_that_was_requeued_may_run_again(database: Database, store: Store) -> None:
    """An operator's order is no second end and no duplicate."""
    row = await accepted(store)
    await happen(database, row, (Kind.CLAIMED, 0, "1:w1", {}), (Kind.DEAD, 3, "1:w1", {"failures": 1, **ENDED}))
    assert await store.requeue([row.id], NOW + 50)
    await happen(database, row, (Kind.CLAIMED, 60, "2:w1", {}), (Kind.SUCCEEDED, 63, "2:w1", {"result": "1"}))
    history = await from_sql(database)
    history.operations = [Operation(key=row.id, sent_at=NOW, answer=Answer.ACKNOWLEDGED, task_id=row.id)]
    history.drained, history.lease_seconds = True, 10.0
    report = check(history)
    assert (report.verdict, report.duplicates) == (Verdict.VALID, ())


async def test_a_success_that_the_tasks_row_contradicts_is_a_second_end(database: Database, store: Store) -> None:
    """A record that says both is caught, whatever made it so."""
    row = await accepted(store)
    await happen(database, row, (Kind.CLAIMED, 0, "1:w1", {}), (Kind.SUCCEEDED, 3, "1:w1", {"result": "1", **ENDED}))
    async with database.write() as connection:
        await connection.execute(update(tasks).values(status="dead"))
    history = await from_sql(database)
    history.operations = [Operation(key=row.id, sent_at=NOW, answer=Answer.ACKNOWLEDGED, task_id=row.id)]
    assert check(history).several_terminal_states == (row.id,)
