"""Submitting: shared transactions, one caller's trouble kept from the others, a queue that is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from system.operations.acceptance import Accepted
from system.operations.dispatch import Dispatcher
from system.operations.new_task import NewTask
from system.operations.submit import Submitter
from system.queues.memory import MemoryQueue
from system.queues.protocol import Stats
from system.storage.rows import TaskRow
from system.tasks.errors import (
    Conflict,
    InvalidBatch,
    InvalidPayload,
    Overloaded,
    QueueUnavailable,
    StoreUnavailable,
    UnknownType,
)
from system.tasks.handlers import task
from system.tasks.task import Task

DEADLINE = 5.0


@task("submit-test")
def handler(number: int = 0) -> int:
    """Take one optional argument."""
    return number


class FakeStore:
    """Remembers its transactions; a commit ends when `gate` is open."""

    def __init__(self) -> None:
        self.transactions: list[list[TaskRow]] = []
        self.deferred: list[str] = []
        self.failures: list[Exception] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.begun = asyncio.Event()
        self.open = 0
        self.counted = 0

    async def insert(self, rows: Sequence[TaskRow]) -> list[TaskRow | None]:
        """Commit, or fail with the next failure that was ordered."""
        self.begun.set()
        await self.gate.wait()
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop(0)
        known = {(row.owner, row.idempotency_key): row for row in self.rows if row.idempotency_key}
        earlier = [known.get((row.owner, row.idempotency_key)) for row in rows]
        self.transactions.append([row for row, old in zip(rows, earlier, strict=True) if old is None])
        return earlier

    async def ensure_queue(self, name: str) -> None:
        """Take any queue."""

    async def count(self, counts: object) -> None:
        """Take any counts."""

    async def queue_names(self) -> list[str]:
        """Know one queue."""
        return ["default"]

    async def count_open(self) -> int:
        """Say what the test wants."""
        self.counted += 1
        return self.open

    async def mark_deferred(self, task_ids: Sequence[str]) -> None:
        """Note it."""
        self.deferred += task_ids

    @property
    def rows(self) -> list[TaskRow]:
        """All rows in the order of their commits."""
        return [row for group in self.transactions for row in group]


class FlakyQueue(MemoryQueue):
    """A queue that can be away or hang."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.hanging = False
        self.puts: list[list[Task]] = []

    async def put(self, tasks: Sequence[Task], *, announce: bool = False) -> None:
        """Put, where it is there."""
        self.puts.append(list(tasks))
        await self._answer()
        await super().put(tasks, announce=announce)

    async def check(self, queue: str) -> None:  # noqa: ARG002 (no named queue is more there than another)
        """Return, where it is there."""
        await self._answer()

    async def stats(self, queue: str) -> Stats:
        """Count, where it is there."""
        await self._answer()
        return await super().stats(queue)

    async def _answer(self) -> None:
        if self.hanging:
            await asyncio.Event().wait()
        if self.away:
            message = "away"
            raise QueueUnavailable(message)


@pytest.fixture
def store() -> FakeStore:
    """Make a store without a database."""
    return FakeStore()


@pytest.fixture
def queue() -> FlakyQueue:
    """Make a queue without a server."""
    return FlakyQueue()


def make(store: FakeStore, queue: FlakyQueue, **options: Any) -> Submitter:
    """Make a submitter on the fakes."""
    fake: Any = store
    return Submitter(fake, queue, **{"accept": "sql", "max_backlog": 1_000_000, **options})


@pytest.fixture
async def submitter(store: FakeStore, queue: FlakyQueue) -> AsyncIterator[Submitter]:
    """Run a submitter that accepts by SQL."""
    made = make(store, queue)
    made.start()
    yield made
    await made.stop()


def new(**fields: Any) -> NewTask:
    """Ask for a task."""
    return NewTask(type="submit-test", **fields)


async def together(submitter: Submitter, count: int) -> list[Accepted]:
    """Submit many tasks at once, as so many callers."""
    return await asyncio.gather(*(submitter.submit(new(payload={"number": n})) for n in range(count)))


async def test_concurrent_submits_share_transactions(submitter: Submitter, store: FakeStore) -> None:
    """A hundred callers at once need two or three commits, not a hundred: durability is paid for once a group."""
    accepted = await together(submitter, 100)
    assert len({one.row.id for one in accepted}) == 100
    assert len(store.transactions) <= 3


async def test_a_lone_submit_waits_for_nobody(submitter: Submitter, store: FakeStore) -> None:
    """Nobody is kept waiting in the hope of company."""
    await submitter.submit(new())
    await submitter.submit(new())
    assert [len(group) for group in store.transactions] == [1, 1]


async def test_a_group_has_a_limit(submitter: Submitter, store: FakeStore) -> None:
    """One commit stays short however many wait."""
    await together(submitter, 1_200)
    assert max(len(group) for group in store.transactions) <= 500


async def test_ids_follow_acceptance(submitter: Submitter, store: FakeStore) -> None:
    """Ids sort in the order in which tasks were accepted, so that paging by id is paging by time."""
    await together(submitter, 300)
    ids = [row.id for row in store.rows]
    assert ids == sorted(ids)


async def test_a_conflict_fails_its_caller_alone(submitter: Submitter, store: FakeStore) -> None:
    """Who uses a key for something else is told so; the neighbours in the same transaction are accepted."""
    first = await submitter.submit(new(payload={"number": 1}), "key")
    other, again, neighbour = await asyncio.gather(
        submitter.submit(new(payload={"number": 2}), "key", "ann"),
        submitter.submit(new(payload={"number": 2}), "key"),
        submitter.submit(new()),
        return_exceptions=True,
    )
    assert isinstance(again, Conflict)
    assert not again.in_flight
    assert isinstance(other, Accepted)  # somebody else's key of the same name
    assert not other.replayed
    assert isinstance(neighbour, Accepted)
    assert len(store.transactions) == 2
    assert (await submitter.submit(new(payload={"number": 1}), "key")) == Accepted(first.row, replayed=True)


async def test_the_same_key_twice_at_once(submitter: Submitter, store: FakeStore) -> None:
    """While the first request with a key is under way the second one is told to wait, not given a second task."""
    store.gate.clear()
    first = asyncio.create_task(submitter.submit(new(), "key"))
    await asyncio.wait_for(store.begun.wait(), DEADLINE)
    with pytest.raises(Conflict) as caught:
        await submitter.submit(new(), "key")
    assert caught.value.in_flight
    store.gate.set()
    assert not (await first).replayed


async def test_a_store_error_fails_its_group_alone(submitter: Submitter, store: FakeStore) -> None:
    """A failed commit is everybody's failure who shared it; those who came later are served."""
    store.gate.clear()
    store.failures = [StoreUnavailable("gone")]
    first = asyncio.create_task(submitter.submit(new()))
    await asyncio.wait_for(store.begun.wait(), DEADLINE)
    later = [asyncio.create_task(submitter.submit(new())) for _ in range(3)]
    await asyncio.sleep(0)
    store.gate.set()
    with pytest.raises(StoreUnavailable):
        await first
    assert len(await asyncio.gather(*later)) == 3
    assert [len(group) for group in store.transactions] == [3]


async def test_an_unforeseen_error_does_not_end_the_service(submitter: Submitter, store: FakeStore) -> None:
    """Whatever a commit raises goes to its callers, and the next ones are served."""
    store.failures = [RuntimeError("a bug")]
    with pytest.raises(RuntimeError):
        await submitter.submit(new())
    assert (await submitter.submit(new())).row.status == "queued"


async def test_a_cancelled_caller_leaves_the_group_alone(submitter: Submitter, store: FakeStore) -> None:
    """A client that hangs up takes only itself away, whether its group is waiting or being committed."""
    store.gate.clear()
    first = asyncio.create_task(submitter.submit(new(priority=1)))
    await asyncio.wait_for(store.begun.wait(), DEADLINE)
    second = asyncio.create_task(submitter.submit(new(priority=2)))
    third = asyncio.create_task(submitter.submit(new(priority=3)))
    await asyncio.sleep(0)
    first.cancel()
    second.cancel()
    store.gate.set()
    assert (await third).row.priority == 3
    # The first one's commit was under way; the second one's had not begun.
    assert [row.priority for row in store.rows] == [1, 3]


async def test_stop_finishes_what_was_handed_in(store: FakeStore, queue: FlakyQueue) -> None:
    """A shutdown answers everybody who was let in, then refuses."""
    submitter = make(store, queue)
    submitter.start()
    waiting = [asyncio.create_task(submitter.submit(new())) for _ in range(5)]
    await asyncio.sleep(0)
    await submitter.stop()
    assert len(await asyncio.gather(*waiting)) == 5
    with pytest.raises(RuntimeError):
        await submitter.submit(new())


async def test_a_batch_is_one_transaction(submitter: Submitter, store: FakeStore) -> None:
    """All or none: a batch is never split over two commits, and its ids come back in its order."""
    _, ids = await asyncio.gather(together(submitter, 10), submitter.submit_many([new() for _ in range(600)]))
    (group,) = [group for group in store.transactions if len(group) >= 600]
    assert [row.id for row in group][-600:] == ids


async def test_a_batch_with_errors_is_refused_whole(submitter: Submitter, store: FakeStore) -> None:
    """Each wrong task is named by its index, and none is accepted."""
    with pytest.raises(InvalidBatch) as caught:
        await submitter.submit_many([new(), NewTask(type="nobody-knows"), new(payload={"wrong": 1})])
    assert {index: type(error) for index, error in caught.value.errors.items()} == {1: UnknownType, 2: InvalidPayload}
    assert store.transactions == []


async def test_a_failed_put_defers(submitter: Submitter, store: FakeStore, queue: FlakyQueue) -> None:
    """A committed task is accepted even if the queue is away; it says so, and waits in SQL."""
    queue.away = True
    accepted = await submitter.submit(new())
    assert accepted.row.dispatch == "deferred"
    assert store.deferred == [accepted.row.id]


async def test_nobody_waits_for_a_queue_known_to_be_away(
    submitter: Submitter, store: FakeStore, queue: FlakyQueue
) -> None:
    """After the first failure tasks are deferred without another try, until the queue answers a look."""
    queue.away = True
    await together(submitter, 10)
    tries = len(queue.puts)
    accepted = await together(submitter, 10)
    assert len(queue.puts) == tries
    assert {one.row.dispatch for one in accepted} == {"deferred"}
    assert {row.dispatch for row in store.rows[10:]} == {"deferred"}  # no second transaction to mark them


async def test_a_hanging_queue_costs_one_wait(queue: FlakyQueue) -> None:
    """A queue that takes the connection and says nothing holds up one group for a bounded time, and no other."""
    dispatcher = Dispatcher(queue, patience=0.05)
    queue.hanging = True
    async with asyncio.timeout(DEADLINE):
        assert [await dispatcher.put([]) for _ in range(20)] == [False] * 20
    assert len(queue.puts) == 1
    await dispatcher.stop()


async def test_a_look_that_swallows_its_cancel_ends_all_the_same(queue: FlakyQueue) -> None:
    """The Redis client may do so; a process that is told to end must not wait for the queue to come back."""
    dispatcher = Dispatcher(queue, probe=0.01)
    looking = asyncio.Event()

    async def check(_: str) -> None:
        looking.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        message = "away"
        raise QueueUnavailable(message)

    queue.check = check  # type: ignore[method-assign]
    queue.away = True
    async with asyncio.timeout(DEADLINE):
        assert not await dispatcher.put([])
        await looking.wait()
        await dispatcher.stop()


async def test_a_queue_that_is_back_is_used_again(queue: FlakyQueue) -> None:
    """The look in the background notices, with no task of anybody's at stake."""
    dispatcher = Dispatcher(queue, probe=0.01)
    queue.away = True
    assert not await dispatcher.put([])
    queue.away = False
    async with asyncio.timeout(DEADLINE):
        while dispatcher.away:  # noqa: ASYNC110  (a test may look)
            await asyncio.sleep(0.01)
    assert await dispatcher.put([])


async def test_accept_redis_writes_no_sql(store: FakeStore, queue: FlakyQueue) -> None:
    """Accepted by the queue alone: the history carries the whole task, for the recorder to bring it into SQL."""
    submitter = make(store, queue, accept="redis")
    submitter.start()
    accepted = await submitter.submit(new(payload={"number": 5}))
    assert store.transactions == []
    (batch,) = await queue.history("default", "0", 10)
    assert batch.events[0].task is not None
    assert (batch.events[0].task.id, batch.events[0].task.payload) == (accepted.row.id, {"number": 5})
    await submitter.stop()


async def test_accept_redis_falls_back_to_sql(store: FakeStore, queue: FlakyQueue) -> None:
    """Where the queue is away SQL accepts, as ever; a key needs SQL's unique index in any case."""
    submitter = make(store, queue, accept="redis")
    submitter.start()
    await submitter.submit(new(), "key")
    queue.away = True
    deferred = await submitter.submit(new())
    assert [row.id for row in store.rows][1:] == [deferred.row.id]
    assert deferred.row.dispatch == "deferred"
    await submitter.stop()


async def test_the_backlog_cap(store: FakeStore, queue: FlakyQueue) -> None:
    """Over the cap a submit is refused with a time to come back; counted in the queue, and what was added since."""
    submitter = make(store, queue, max_backlog=3)
    submitter.start()
    for _ in range(3):
        await submitter.submit(new())
    with pytest.raises(Overloaded) as caught:
        await submitter.submit(new())
    assert 1 <= caught.value.retry_after <= 60
    assert store.counted == 0
    await submitter.stop()


async def test_the_cap_holds_without_the_queue(store: FakeStore, queue: FlakyQueue) -> None:
    """While the queue is away SQL is asked, so that a long outage can't fill the disk."""
    queue.away = True
    store.open = 10
    submitter = make(store, queue, max_backlog=10)
    submitter.start()
    with pytest.raises(Overloaded):
        await submitter.submit(new())
    assert store.counted == 1
    await submitter.stop()


async def test_a_replay_is_told_from_a_new_task(submitter: Submitter) -> None:
    """The same key and body bring the first task again, whatever became of it."""
    first = await submitter.submit(new(delay=5), "key", "ann")
    again = await submitter.submit(new(delay=5), "key", "ann")
    assert again == replace(first, replayed=True)
    assert first.row.status == "scheduled"
    assert first.row.run_at == first.row.created_at + 5_000
