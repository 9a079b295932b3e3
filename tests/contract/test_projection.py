"""How what happened in a queue becomes the record; on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import count
from typing import Any

import orjson
import pytest

from system.storage.positions import place
from system.storage.projection import Projection
from system.storage.rows import AttemptRow, TaskRow
from system.storage.session import Database
from system.storage.store import Store
from system.tasks.events import Batch, Event, Kind
from system.tasks.task import Status
from tests.fixtures.tasks import NOW, new_row, new_task

T1, T2 = "11:w1", "12:w2"


class History:
    """A queue's history as it grows; one batch a call, ten ms apart."""

    def __init__(self, projection: Projection) -> None:
        self.projection = projection
        self.batches: list[Batch] = []
        self.steps = count(1)

    def add(self, *events: tuple[Kind, str, dict[str, Any]]) -> int:
        """Let events happen at once and return when."""
        at = NOW + 10 * next(self.steps)
        happened = [Event(kind=kind, at=at, queue="default", task_id=id_, **rest) for kind, id_, rest in events]
        self.batches.append(Batch(f"{at}-0", tuple(happened)))
        return at

    async def record(self) -> None:
        """Record what is new, in one transaction."""
        position, _ = await self.projection.position("default")
        new = [batch for batch in self.batches if place(batch.position) > place(position)]
        assert await self.projection.apply("default", expected=position, batches=new)

    async def replay(self) -> None:
        """Record everything again, as after a rewound Redis."""
        await self.projection.set_epoch("default", "new", "0")
        await self.record()


@pytest.fixture
def projection(database: Database) -> Projection:
    """Give what is tried here."""
    return Projection(database)


@pytest.fixture
def history(projection: Projection) -> History:
    """Give a history that nothing happened in yet."""
    return History(projection)


@pytest.fixture
async def row(store: Store) -> TaskRow:
    """Give an accepted task."""
    row = new_row(payload={"n": 1})
    await store.insert([row])
    return row


def claimed(row: TaskRow, token: str = T1, delivery: int = 1) -> tuple[Kind, str, dict[str, Any]]:
    """A worker has the task."""
    return Kind.CLAIMED, row.id, {"token": token, "delivery": delivery}


def ended(
    kind: Kind, row: TaskRow, token: str = T1, delivery: int = 1, **rest: Any
) -> tuple[Kind, str, dict[str, Any]]:
    """Its attempt came to an end, having run for a second."""
    times = {"started_at": NOW + 1_000, "finished_at": NOW + 2_000}
    return kind, row.id, {"token": token, "delivery": delivery, **times, **rest}


async def test_a_claimed_task_is_running(history: History, store: Store, row: TaskRow) -> None:
    """The record shows who has it, and an attempt that has not ended."""
    at = history.add(claimed(row))
    await history.record()
    assert await store.get(row.id) == replace(row, status=Status.RUNNING, worker="w1", attempts=1, started_at=at)
    assert await store.attempts(row.id) == [AttemptRow(row.id, T1, 1, "w1", at, None, None, None, None)]


@pytest.mark.parametrize("together", [True, False])
async def test_a_task_that_goes_well(history: History, store: Store, row: TaskRow, *, together: bool) -> None:
    """Recorded in one go or step by step, it comes to the same."""
    history.add((Kind.QUEUED, row.id, {}))
    at = history.add(claimed(row))
    if not together:
        await history.record()
    history.add(ended(Kind.SUCCEEDED, row, result='{"a":1}'))
    await history.record()
    assert await store.get(row.id) == replace(
        row,
        status=Status.SUCCEEDED,
        worker="w1",
        attempts=1,
        result='{"a":1}',
        started_at=NOW + 1_000,
        finished_at=NOW + 2_000,
    )
    assert await store.attempts(row.id) == [
        AttemptRow(row.id, T1, 1, "w1", at, NOW + 1_000, NOW + 2_000, "succeeded", None)
    ]


@pytest.mark.parametrize("together", [True, False])
async def test_a_task_that_fails_and_then_succeeds(
    history: History, store: Store, row: TaskRow, *, together: bool
) -> None:
    """Its first error is the attempt's for good, and the task's only until it succeeds."""
    history.add(claimed(row))
    history.add(ended(Kind.RETRYING, row, error="boom", failures=1, run_at=NOW + 5_000))
    if not together:
        await history.record()
        waiting = await store.get(row.id)
        assert waiting is not None
        assert (waiting.status, waiting.error, waiting.failures) == (Status.RETRYING, "boom", 1)
        assert (waiting.run_at, waiting.finished_at) == (NOW + 5_000, None)
    history.add((Kind.QUEUED, row.id, {}))
    history.add(claimed(row, T2, 2))
    history.add(ended(Kind.SUCCEEDED, row, T2, 2, result="1"))
    await history.record()
    done = await store.get(row.id)
    assert done is not None
    assert (done.status, done.error, done.failures, done.attempts) == (Status.SUCCEEDED, None, 1, 2)
    assert [(one.outcome, one.error) for one in await store.attempts(row.id)] == [
        ("failed", "boom"),
        ("succeeded", None),
    ]


async def test_a_task_that_dies(history: History, store: Store, row: TaskRow) -> None:
    """It is over, with its last error."""
    history.add(claimed(row), ended(Kind.DEAD, row, error="boom", failures=5))
    await history.record()
    gone = await store.get(row.id)
    assert gone is not None
    assert (gone.status, gone.error, gone.failures, gone.finished_at) == (Status.DEAD, "boom", 5, NOW + 2_000)
    assert [one.outcome for one in await store.attempts(row.id)] == ["failed"]


async def test_a_task_that_kills_its_workers(history: History, store: Store, row: TaskRow) -> None:
    """Dead by its delivery limit: its last attempt did not fail, its worker was lost."""
    history.add(claimed(row, delivery=8))
    lost = {"token": T1, "delivery": 8}
    at = history.add((Kind.EXPIRED, row.id, lost), (Kind.DEAD, row.id, {**lost, "error": "delivered 8 times"}))
    await history.record()
    gone = await store.get(row.id)
    assert gone is not None
    assert (gone.status, gone.error, gone.attempts, gone.finished_at) == (Status.DEAD, "delivered 8 times", 8, at)
    assert [(one.outcome, one.finished_at) for one in await store.attempts(row.id)] == [("lease_expired", at)]


@pytest.mark.parametrize("together", [True, False])
async def test_a_task_whose_worker_fell_silent(history: History, store: Store, row: TaskRow, *, together: bool) -> None:
    """It waits again, then another worker has it; the late finish of the first changes nothing."""
    history.add(claimed(row))
    at = history.add((Kind.EXPIRED, row.id, {"token": T1, "delivery": 1}), (Kind.QUEUED, row.id, {"delivery": 1}))
    if not together:
        await history.record()
        waiting = await store.get(row.id)
        assert waiting is not None
        assert (waiting.status, waiting.attempts) == (Status.QUEUED, 1)
    history.add(claimed(row, T2, 2))
    history.add((Kind.REFUSED, row.id, {"token": T1, "delivery": 1}))
    await history.record()
    running = await store.get(row.id)
    assert running is not None
    assert (running.status, running.attempts, running.worker) == (Status.RUNNING, 2, "w2")
    first, second = await store.attempts(row.id)
    assert (first.outcome, first.finished_at, first.worker) == ("lease_expired", at, "w1")
    assert second.outcome is None


async def test_a_task_that_is_given_back(history: History, store: Store, row: TaskRow) -> None:
    """It burned no attempt, and its record shows that it was tried to be run."""
    history.add(claimed(row, delivery=1))
    history.add((Kind.RELEASED, row.id, {"token": T1, "delivery": 1}), (Kind.QUEUED, row.id, {}))
    await history.record()
    waiting = await store.get(row.id)
    assert waiting is not None
    assert (waiting.status, waiting.attempts) == (Status.QUEUED, 0)
    assert [one.outcome for one in await store.attempts(row.id)] == ["released"]


async def test_a_task_that_is_given_back_for_later(history: History, store: Store, row: TaskRow) -> None:
    """It is scheduled; one that has failed before is waiting for its retry."""
    history.add(claimed(row))
    history.add(
        (Kind.RELEASED, row.id, {"token": T1, "delivery": 1}), (Kind.SCHEDULED, row.id, {"run_at": NOW + 9_000})
    )
    await history.record()
    waiting = await store.get(row.id)
    assert waiting is not None
    assert (waiting.status, waiting.run_at) == (Status.SCHEDULED, NOW + 9_000)
    history.add(ended(Kind.RETRYING, row, error="boom", failures=1, run_at=NOW + 10_000))
    history.add((Kind.SCHEDULED, row.id, {"run_at": NOW + 11_000}))
    await history.record()
    waiting = await store.get(row.id)
    assert waiting is not None
    assert (waiting.status, waiting.run_at) == (Status.RETRYING, NOW + 11_000)


async def test_a_cancelled_task(history: History, store: Store, row: TaskRow) -> None:
    """Its attempt ends with it, and a late success does not bring it back."""
    history.add(claimed(row))
    at = history.add((Kind.CANCELLED, row.id, {"token": T1, "delivery": 1}))
    await history.record()
    gone = await store.get(row.id)
    assert gone is not None
    assert (gone.status, gone.finished_at) == (Status.CANCELLED, at)
    assert [one.outcome for one in await store.attempts(row.id)] == ["cancelled"]


async def test_a_scheduled_task_whose_time_has_come(history: History, store: Store) -> None:
    """It waits like the others."""
    row = new_row(status=Status.SCHEDULED, run_at=NOW + 5)
    await store.insert([row])
    history.add((Kind.SCHEDULED, row.id, {"run_at": NOW + 5}))
    await history.record()
    assert await store.get(row.id) == row
    history.add((Kind.QUEUED, row.id, {}))
    await history.record()
    assert await store.get(row.id) == replace(row, status=Status.QUEUED)


async def test_a_deferred_task_that_was_put(history: History, store: Store, row: TaskRow) -> None:
    """Once the queue has it, it is deferred no longer."""
    await store.mark_deferred([row.id])
    history.add((Kind.QUEUED, row.id, {}))
    await history.record()
    assert await store.get(row.id) == row


@pytest.mark.parametrize("end", [Status.SUCCEEDED, Status.CANCELLED, Status.DEAD])
async def test_a_task_that_is_over_stays_as_it_is(history: History, store: Store, row: TaskRow, end: Status) -> None:
    """A task that ran twice has its first result; the second attempt is on record all the same."""
    over = replace(new_row(), status=end, finished_at=NOW, result="1")
    await store.insert([over])
    history.add(claimed(over, T2, 2), ended(Kind.SUCCEEDED, over, T2, 2, result="2"), claimed(row))
    await history.record()
    assert await store.get(over.id) == over
    assert [one.outcome for one in await store.attempts(over.id)] == ["succeeded"]


async def test_within_one_helping_the_first_end_counts(history: History, store: Store, row: TaskRow) -> None:
    """It makes no difference how much history is recorded at once."""
    history.add(claimed(row), ended(Kind.SUCCEEDED, row, result="1"))
    history.add(claimed(row, T2, 2), ended(Kind.DEAD, row, T2, 2, error="boom", failures=5))
    await history.record()
    done = await store.get(row.id)
    assert done is not None
    assert (done.status, done.result, done.error, done.attempts) == (Status.SUCCEEDED, "1", None, 1)
    assert len(await store.attempts(row.id)) == 2


async def test_a_task_that_the_queue_alone_accepted(history: History, store: Store) -> None:
    """Its event brings it along; from then on it is recorded like any other."""
    task, later = new_task(payload={"a": "ä"}, owner="ann"), new_task(run_at=NOW + 60_000)
    history.add(
        (Kind.QUEUED, task.id, {"task": task}), (Kind.SCHEDULED, later.id, {"task": later, "run_at": later.run_at})
    )
    await history.record()
    row = await store.get(task.id)
    assert row is not None
    assert row.to_task() == task
    assert row.status is Status.QUEUED
    waiting = await store.get(later.id)
    assert waiting is not None
    assert (waiting.status, waiting.run_at) == (Status.SCHEDULED, later.run_at)


async def test_a_task_that_the_queue_alone_accepted_and_that_is_done_already(history: History, store: Store) -> None:
    """Insert and end in one helping."""
    row = new_row()
    history.add((Kind.QUEUED, row.id, {"task": row.to_task()}), claimed(row), ended(Kind.SUCCEEDED, row, result="1"))
    await history.record()
    done = await store.get(row.id)
    assert done is not None
    assert (done.status, done.result) == (Status.SUCCEEDED, "1")
    assert len(await store.attempts(row.id)) == 1


@pytest.mark.parametrize("stranger", ["00000000-0000-7000-8000-000000000000", "no-id-at-all"])
async def test_strangers_are_left_out(history: History, store: Store, row: TaskRow, stranger: str) -> None:
    """What happens to a task that SQL knows nothing of leaves no trace, and holds nobody up."""
    unknown = replace(row, id=stranger)
    history.add(claimed(unknown), ended(Kind.SUCCEEDED, unknown, result="1"), claimed(row))
    await history.record()
    assert await store.attempts(stranger) == []
    assert (await store.counts())[Status.RUNNING] == 1


async def test_a_replay_changes_nothing(history: History, store: Store) -> None:
    """After a rewind the same history comes again, in other helpings; the record stays what it was."""
    rows = [new_row() for _ in range(4)]
    await store.insert(rows)
    done, failed, lost, running = rows
    history.add(*[claimed(row) for row in rows])
    await history.record()
    history.add(
        ended(Kind.SUCCEEDED, done, result="1"), ended(Kind.RETRYING, failed, error="x", failures=1, run_at=NOW)
    )
    history.add((Kind.EXPIRED, lost.id, {"token": T1, "delivery": 1}), (Kind.QUEUED, lost.id, {"delivery": 1}))
    await history.record()
    tasks_before = await store.find()
    attempts_before = [await store.attempts(row.id) for row in rows]
    await history.replay()
    assert await store.find() == tasks_before
    assert [await store.attempts(row.id) for row in rows] == attempts_before
    assert attempts_before[3] == [AttemptRow(running.id, T1, 1, "w1", NOW + 10, None, None, None, None)]


async def test_an_error_that_can_not_be_stored_as_it_is(history: History, store: Store, row: TaskRow) -> None:
    """NUL and lone surrogates in an exception's text must not stop the recorder."""
    history.add(claimed(row), ended(Kind.DEAD, row, error="bad \0 and \ud800 and ä", failures=1))
    await history.record()
    gone = await store.get(row.id)
    assert gone is not None
    assert gone.error == "bad \N{REPLACEMENT CHARACTER} and ? and ä"


async def test_only_one_of_several_recorders_moves_on(database: Database, store: Store, row: TaskRow) -> None:
    """The position is compared and set in the transaction that writes: the others do nothing and read on behind it."""
    happened = Event(kind=Kind.CLAIMED, at=NOW, queue="default", task_id=row.id, token=T1, delivery=1)
    batches = [Batch("5-1", (happened,))]
    recorders = [Projection(database) for _ in range(5)]
    for expected in ("0", "5-1"):
        answers = await asyncio.gather(*[one.apply("default", expected=expected, batches=batches) for one in recorders])
        assert sorted(answers) == [False, False, False, False, True]
        batches = [Batch("6-0", ())]
    assert await recorders[0].position("default") == ("6-0", None)
    assert await store.position("default") == "6-0"


async def test_nothing_is_written_from_the_wrong_position(projection: Projection, store: Store, row: TaskRow) -> None:
    """A recorder that read from an old position leaves no trace."""
    event = Event(kind=Kind.CLAIMED, at=NOW, queue="default", task_id=row.id, token=T1, delivery=1)
    assert not await projection.apply("default", expected="3-0", batches=[Batch("4-0", (event,))])
    assert await store.get(row.id) == row
    assert await projection.position("default") == ("0", None)


async def test_an_epoch_is_noted_with_its_position(projection: Projection, store: Store) -> None:
    """A queue whose backend began anew is recorded from where its new history begins."""
    await store.ensure_queue("default")
    await projection.set_epoch("default", "first", "7-1")
    assert await projection.position("default") == ("7-1", "first")
    await projection.set_epoch("default", None, "0")
    assert await projection.position("default") == ("0", None)
    await projection.set_epoch("other", "x", "0")
    assert await store.queue_names() == ["default", "other"]


async def test_many_at_once(history: History, store: Store) -> None:
    """A helping of thousands is a handful of statements."""
    rows = [new_row() for _ in range(2_000)]
    await store.insert(rows)
    history.add(*[claimed(row) for row in rows])
    history.add(*[ended(Kind.SUCCEEDED, row, result="null") for row in rows])
    await history.record()
    assert (await store.counts())[Status.SUCCEEDED] == 2_000
    assert (await store.verdict()).attempts == 2_000


def test_positions_are_ordered_by_number() -> None:
    """Redis's ids and the memory queue's numbers don't sort as text."""
    assert sorted(["1000-10", "10", "1000-2", "9", "999-2", "0"], key=place) == [
        "0",
        "9",
        "10",
        "999-2",
        "1000-2",
        "1000-10",
    ]


async def test_how_far_a_task_is(history: History, store: Store, row: TaskRow) -> None:
    """The last word stays, also after the end, and says which attempt it is of; a requeued task begins without."""
    word = {"token": T1, "delivery": 1}
    history.add(claimed(row), (Kind.PROGRESS, row.id, {**word, "done": 0.1, "text": "begun \0"}))
    at = history.add((Kind.PROGRESS, row.id, {**word, "done": 0.9}))
    await history.record()
    running = await store.get(row.id)
    assert running is not None
    assert (running.status, running.worker) == (Status.RUNNING, "w1")
    assert orjson.loads(running.progress or "") == {"done": 0.9, "text": None, "attempt": 1, "at": at}
    at = history.add((Kind.PROGRESS, row.id, {**word, "text": "nearly"}))
    history.add(ended(Kind.DEAD, row, error="boom", failures=5))
    history.add((Kind.PROGRESS, row.id, {**word, "text": "too late"}))
    await history.record()
    dead = await store.get(row.id)
    assert dead is not None
    assert orjson.loads(dead.progress or "")["text"] == "nearly"
    (again,) = await store.requeue([row.id], NOW)
    assert again.progress is None
