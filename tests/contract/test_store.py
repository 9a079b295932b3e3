"""What the record promises to those who accept, look up, cancel and requeue; on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import asyncio
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import insert, text, update
from sqlalchemy.exc import IntegrityError

from system.storage.deaths import Deaths
from system.storage.migrate import migrate
from system.storage.rows import AttemptRow, TaskRow, task_row
from system.storage.session import Database
from system.storage.store import Store
from system.storage.tables import attempts, tasks
from system.tasks.outcome import Reason
from system.tasks.task import Status
from tests.fixtures.tasks import NOW, new_row, new_task

DEAD = {"status": Status.DEAD, "finished_at": NOW + 1, "error": "boom", "failures": 5, "attempts": 5}


async def insert_one(store: Store, row: TaskRow) -> TaskRow:
    """Accept one row."""
    assert await store.insert([row]) == [None]
    return row


async def dead(store: Store, **given: object) -> TaskRow:
    """Accept a task that is dead already."""
    return await insert_one(store, replace(new_row(**given), **DEAD))


async def record_attempt(database: Database, row: TaskRow, token: str, **given: object) -> None:
    """Write one attempt as the recorder would."""
    async with database.write() as connection:
        await connection.execute(insert(attempts).values(task_id=row.id, token=token, attempt=1, **given))


def test_rows_have_the_columns_of_their_tables() -> None:
    """A row is read by position, so a dataclass and its table must name the same columns in the same order."""
    assert [field.name for field in fields(TaskRow)] == tasks.c.keys()
    assert [field.name for field in fields(AttemptRow)] == attempts.c.keys()


async def test_a_row_comes_back_as_it_was(store: Store) -> None:
    """Every column survives, text of any language included."""
    row = new_row(
        status=Status.SCHEDULED,
        key="once",
        fingerprint="abc",
        type="thumbnail",
        payload={"path": "ä/雪.png", "width": 200, "nested": [1, {"a": None}]},
        queue="images",
        priority=9,
        max_attempts=3,
        timeout=2.5,
        run_at=NOW + 60_000,
        owner="ann",
    )
    await insert_one(store, row)
    assert await store.get(row.id) == row


async def test_the_task_of_a_row_is_the_task_that_made_it(store: Store) -> None:
    """What the reconciler puts again is what was accepted."""
    task = new_task(payload={"n": 1}, owner="ann", timeout=1.0, failures=2, deliveries=3)
    await insert_one(store, task_row(task, status=Status.QUEUED))
    row = await store.get(task.id)
    assert row is not None
    assert row.to_task() == task


@pytest.mark.parametrize("task_id", ["00000000-0000-7000-8000-000000000000", "not-an-id", "", "é"])
async def test_what_is_not_there_is_none(store: Store, task_id: str) -> None:
    """An id that nobody has, and what is no id at all, are simply unknown."""
    assert await store.get(task_id) is None
    assert await store.get_many([task_id]) == []
    assert await store.attempts(task_id) == []
    assert await store.cancel(task_id, NOW) is False
    assert await store.requeue([task_id], NOW) == []
    assert await store.delete_dead([task_id]) == 0


async def test_many_rows_in_one_go(store: Store) -> None:
    """A group of five hundred and the question for all of them are one statement each."""
    rows = [new_row() for _ in range(500)]
    assert await store.insert(rows) == [None] * 500
    found = await store.get_many([row.id for row in rows])
    assert {row.id for row in found} == {row.id for row in rows}


async def test_nothing_is_inserted_from_nothing(store: Store) -> None:
    """An empty group is no error."""
    assert await store.insert([]) == []
    await store.mark_queued([])


async def test_a_key_used_before_answers_with_the_first_row(store: Store) -> None:
    """The same owner's key brings no second task, and the rest of the group is accepted all the same."""
    first = await insert_one(store, new_row(key="k", fingerprint="f", owner="ann"))
    again, other = new_row(key="k", fingerprint="g", owner="ann"), new_row()
    assert await store.insert([again, other]) == [first, None]
    assert await store.get(again.id) is None
    assert await store.get(other.id) == other


async def test_a_key_used_twice_in_one_group(store: Store) -> None:
    """The first of the two rows wins."""
    first, second = new_row(key="k", owner="ann"), new_row(key="k", owner="ann")
    assert await store.insert([first, second]) == [None, first]


async def test_keys_belong_to_their_owners(store: Store) -> None:
    """Two owners may use the same key; the tasks of nobody share one owner."""
    rows = [new_row(key="k", owner="ann"), new_row(key="k", owner="bob"), new_row(key="k")]
    assert await store.insert(rows) == [None, None, None]
    assert await store.insert([new_row(key="k")]) == [rows[2]]


async def test_the_same_keys_from_many_sides_at_once(store: Store) -> None:
    """Groups that collide in opposite orders neither block each other nor insert a key twice."""
    groups = [[new_row(key=f"k{n}") for n in range(20)] for _ in range(6)]
    for group in groups[::2]:
        group.reverse()
    answers = await asyncio.gather(*[store.insert(group) for group in groups])
    winners = [
        row
        for group, answer in zip(groups, answers, strict=True)
        for row, old in zip(group, answer, strict=True)
        if old is None
    ]
    assert sorted(row.idempotency_key for row in winners) == sorted(f"k{n}" for n in range(20))
    assert sum((await store.counts()).values()) == 20


async def test_find_lists_newest_first_in_pages(store: Store) -> None:
    """A page begins where the last one ended."""
    rows = [new_row() for _ in range(5)]
    await store.insert(rows)
    newest_first = [row.id for row in reversed(rows)]
    page = await store.find(limit=2)
    assert [row.id for row in page] == newest_first[:2]
    rest = await store.find(limit=10, before=page[-1].id)
    assert [row.id for row in rest] == newest_first[2:]


async def test_find_by_what_a_task_is(store: Store) -> None:
    """The conditions add up."""
    a = new_row(type="a", queue="x", owner="ann")
    b = new_row(type="b", queue="x", status=Status.SCHEDULED)
    c = new_row(type="a", queue="y")
    await store.insert([a, b, c])
    assert await store.find(type="a") == [c, a]
    assert await store.find(queue="x") == [b, a]
    assert await store.find(queue="x", type="a") == [a]
    assert await store.find(status=Status.SCHEDULED) == [b]
    assert await store.find(owner="ann") == [a]
    assert await store.find(owner="bob") == []


async def test_attempts_come_oldest_first(database: Database, store: Store) -> None:
    """They are told apart by their lease's token."""
    row = await insert_one(store, new_row())
    await record_attempt(database, row, "9:late", claimed_at=NOW + 20, worker="late", outcome="succeeded")
    await record_attempt(database, row, "10:early", claimed_at=NOW + 10, worker="early", outcome="failed", error="x")
    early, late = await store.attempts(row.id)
    assert early == AttemptRow(row.id, "10:early", 1, "early", NOW + 10, None, None, "failed", "x")
    assert late.worker == "late"


async def test_dispatch_is_marked(store: Store) -> None:
    """A task that could not be put is deferred until the queue has it; one that is over stays as it is."""
    waiting, ended = await insert_one(store, new_row()), await dead(store)
    await store.mark_deferred([waiting.id, ended.id])
    assert [row.dispatch for row in await store.find()] == ["queued", "deferred"]
    await store.mark_queued([waiting.id])
    assert [row.dispatch for row in await store.find()] == ["queued", "queued"]


async def test_cancel_only_what_is_open(store: Store) -> None:
    """A cancelled task is over, with the time at which it ended; nothing that is over can be cancelled."""
    row = await insert_one(store, new_row())
    assert await store.cancel(row.id, NOW + 5) is True
    assert await store.get(row.id) == replace(row, status=Status.CANCELLED, finished_at=NOW + 5)
    assert await store.cancel(row.id, NOW + 9) is False
    assert await store.cancel((await dead(store)).id, NOW + 9) is False


async def test_requeue_gives_a_dead_task_all_attempts_again(database: Database, store: Store) -> None:
    """It waits from now on; what it did before stays to be read."""
    row = await dead(store)
    await record_attempt(database, row, "1:w", outcome="failed")
    (again,) = await store.requeue([row.id], NOW + 60)
    anew = {"failures": 0, "attempts": 0, "run_at": NOW + 60, "finished_at": None, "reason": None, "requeues": 1}
    assert again == replace(row, status=Status.QUEUED, **anew)
    assert again.error == "boom"
    assert again.to_task().deliveries == 0
    assert await store.get(row.id) == again
    assert len(await store.attempts(row.id)) == 1
    assert await store.requeue([row.id], NOW + 70) == []


async def test_dead_ids_in_pages(store: Store) -> None:
    """Oldest first, by type or queue."""
    rows = [await dead(store, type=type_, queue=queue) for type_, queue in [("a", "x"), ("b", "x"), ("a", "y")]]
    await insert_one(store, new_row(type="a", queue="x"))
    ids = [row.id for row in rows]
    assert await store.dead_ids(limit=2) == ids[:2]
    assert await store.dead_ids(limit=2, after=ids[1]) == ids[2:]
    assert await store.dead_ids(Deaths(type="a"), limit=9) == [ids[0], ids[2]]
    assert await store.dead_ids(Deaths(type="a", queue="x"), limit=9) == [ids[0]]


async def test_the_dead_by_cause_and_time(store: Store) -> None:
    """Newest first, in pages; the beginning of a stretch of time belongs to it, its end does not."""
    causes = [Reason.POISON, Reason.TIMEOUT, Reason.POISON]
    rows = [replace(new_row(), **DEAD | {"reason": why, "finished_at": NOW + n}) for n, why in enumerate(causes)]
    await store.insert(rows)
    assert await store.dead() == rows[::-1]
    assert await store.dead(limit=1, before=rows[2].id) == [rows[1]]
    assert await store.dead(Deaths(reason=Reason.POISON)) == [rows[2], rows[0]]
    assert await store.dead(Deaths(after_ms=NOW + 1, before_ms=NOW + 2)) == [rows[1]]


async def test_delete_only_what_is_dead(database: Database, store: Store) -> None:
    """A deleted task takes its attempts with it."""
    row, waiting = await dead(store), await insert_one(store, new_row())
    await record_attempt(database, row, "1:w")
    assert await store.delete_dead([row.id, waiting.id]) == 1
    assert await store.get(row.id) is None
    assert await store.attempts(row.id) == []
    assert await store.delete_dead([waiting.id]) == 0
    assert await store.get(waiting.id) == waiting


async def test_counts(store: Store) -> None:
    """Every status is named, the ones nothing has included."""
    await store.insert([new_row(queue="x"), new_row(queue="x"), new_row(queue="y", status=Status.SCHEDULED)])
    await dead(store, queue="y")
    none = dict.fromkeys(Status, 0)
    assert await store.counts() == none | {Status.QUEUED: 2, Status.SCHEDULED: 1, Status.DEAD: 1}
    assert await store.dead_by_queue() == {"y": 1}
    assert await store.count_open() == 3


async def test_queues_are_noted_once(store: Store) -> None:
    """Their names come in order; nothing of them is recorded yet."""
    for name in ("b", "a", "b"):
        await store.ensure_queue(name)
    assert await store.queue_names() == ["a", "b"]
    assert await store.position("a") == "0"
    assert await store.position("unknown") == "0"


async def test_one_sweeper_at_a_time(store: Store) -> None:
    """A turn can be gone on with and given back; one that nobody gives back ends by itself."""
    assert await store.take_turn("q", "a", now_ms=10, until_ms=20)
    assert not await store.take_turn("q", "b", now_ms=11, until_ms=21)
    assert await store.take_turn("other", "b", now_ms=11, until_ms=21)
    assert await store.take_turn("q", "a", now_ms=19, until_ms=30)
    assert not await store.take_turn("q", "b", now_ms=29, until_ms=39)
    assert await store.take_turn("q", "b", now_ms=30, until_ms=40)
    assert not await store.take_turn("q", "a", now_ms=31, until_ms=41)
    assert await store.take_turn("q", "b", now_ms=32, until_ms=32)
    assert await store.take_turn("q", "a", now_ms=32, until_ms=42)


async def test_open_tasks_are_read_oldest_first_in_pages(store: Store) -> None:
    """The reconciler sees neither what is over, nor what is too new, nor another queue's."""
    rows = [new_row() for _ in range(4)]
    await store.insert([*rows, new_row(queue="other"), new_row(created_at=NOW + 100, run_at=NOW + 100)])
    await dead(store)
    ids = [row.id for row in rows]
    assert await store.open_ids("default", created_before_ms=NOW + 100, after_id=None, limit=3) == ids[:3]
    assert await store.open_ids("default", created_before_ms=NOW + 100, after_id=ids[2], limit=3) == ids[3:]


async def test_prune_deletes_what_ended_long_ago(database: Database, store: Store) -> None:
    """The oldest go first, with their attempts; what is open stays however old it is."""
    rows = [replace(new_row(), status=Status.SUCCEEDED, finished_at=NOW + n) for n in (3, 1, 2)]
    await store.insert([*rows, new_row()])
    late = await dead(store)
    await record_attempt(database, rows[1], "1:w")
    assert await store.prune(NOW + 3, limit=1) == 1
    assert await store.get(rows[1].id) is None
    assert await store.attempts(rows[1].id) == []
    assert await store.prune(NOW + 3, limit=9) == 1
    assert await store.prune(NOW + 3, limit=9) == 0
    assert {row.status for row in await store.find()} == {Status.SUCCEEDED, Status.QUEUED, Status.DEAD}
    assert await store.prune_dead(late.finished_at or 0, limit=9) == 0
    assert await store.prune_dead(NOW + 1000, limit=9) == 1


async def test_the_dead_may_be_too_many(store: Store) -> None:
    """Of more dead letters than are to be kept, those go that died first."""
    rows = [replace(new_row(), **DEAD | {"finished_at": NOW + n}) for n in (3, 1, 2, 4)]
    await store.insert([*rows, new_row()])
    assert await store.prune_dead_beyond(3, limit=1) == 1
    assert await store.prune_dead_beyond(2, limit=9) == 1
    assert await store.prune_dead_beyond(2, limit=9) == 0
    assert await store.dead() == [rows[3], rows[0]]
    assert await store.count_open() == 1


async def test_the_verdict_counts_everything(database: Database, store: Store) -> None:
    """Every success of a task beyond its first is counted as a double one: ran twice, though recorded once."""
    done = replace(new_row(), status=Status.SUCCEEDED, finished_at=NOW)
    twice = replace(new_row(), status=Status.SUCCEEDED, finished_at=NOW)
    gone = replace(new_row(), status=Status.CANCELLED, finished_at=NOW)
    await store.insert([done, twice, gone, new_row(), new_row(status=Status.RUNNING)])
    await dead(store)
    for row, token, outcome in [
        (done, "1:a", "lease_expired"),
        (done, "2:b", "succeeded"),
        (twice, "3:a", "succeeded"),
        (twice, "4:b", "succeeded"),
        (twice, "5:b", "succeeded"),
    ]:
        await record_attempt(database, row, token, outcome=outcome)
    verdict = await store.verdict()
    assert (verdict.accepted, verdict.succeeded, verdict.dead, verdict.cancelled, verdict.open) == (6, 2, 1, 1, 2)
    assert (verdict.attempts, verdict.killed, verdict.double_successes) == (5, 1, 2)


async def test_ping(store: Store) -> None:
    """A database that answers raises nothing."""
    await store.ping()


async def test_a_reader_does_not_wait_for_a_writer(database: Database, store: Store) -> None:
    """While a transaction is open, the others read what was committed before it."""
    row = await insert_one(store, new_row())
    async with asyncio.timeout(5), database.write() as connection:
        await connection.execute(update(tasks).values(worker="somebody"))
        assert await store.get(row.id) == row


async def test_a_failed_group_leaves_nothing(store: Store) -> None:
    """All or none: one row that can't be stored keeps the others out too, and is not blamed on the database."""
    row = new_row()
    with pytest.raises(IntegrityError):
        await store.insert([row, replace(new_row(), type=None)])  # type: ignore[arg-type]
    assert await store.get(row.id) is None


async def test_the_reconcilers_page_is_read_from_the_index_of_open_tasks(tmp_path: Path) -> None:
    """A sweep costs what is open, not what is finished; SQLite tells how it would search."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/tasks.db")
    await migrate(database)
    question = "SELECT id FROM tasks WHERE queue = 'q' AND finished_at IS NULL AND id > 'a' ORDER BY id"
    async with database.read() as connection:
        plan = " ".join(str(row) for row in await connection.execute(text(f"EXPLAIN QUERY PLAN {question}")))
    await database.close()
    assert "tasks_open" in plan
    assert "TEMP B-TREE" not in plan


def test_pages_follow_the_order_of_ids() -> None:
    """Ids are made in the order of time, on which every page here relies."""
    rows = [new_row() for _ in range(100)]
    assert all(one.id < two.id for one, two in pairwise(rows))
