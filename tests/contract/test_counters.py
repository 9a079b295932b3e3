"""What the recorder counts: each thing once, whatever is replayed; waiting and running apart. On both databases."""

from __future__ import annotations

import pytest

from system.operations.arrivals import Arrivals
from system.policies.histogram import EDGES_MS, bucket_of
from system.storage.projection import Projection
from system.storage.rows import TaskRow
from system.storage.session import Database
from system.storage.store import Store
from system.tasks.errors import StoreUnavailable
from system.tasks.events import Batch, Event, Kind
from tests.fixtures.tasks import NOW, new_row

SECOND = 1_000


class Story:
    """A history written event by event, each in a batch of its own."""

    def __init__(self, database: Database, store: Store) -> None:
        self.projection = Projection(database)
        self.store = store
        self.batches: list[Batch] = []

    def tell(self, kind: Kind, row: TaskRow, seconds: float = 0.0, delivery: int = 1, **rest: object) -> None:
        """Let something happen so many seconds after NOW; an end says when its attempt began and ended."""
        at = NOW + round(seconds * SECOND) + len(self.batches)
        token = None if kind in (Kind.QUEUED, Kind.SCHEDULED) else f"{delivery}:w{delivery}"
        event = Event(kind, at, "default", row.id, token, delivery, **rest)  # type: ignore[arg-type]
        self.batches.append(Batch(f"{at}-0", (event,)))

    def end(self, kind: Kind, row: TaskRow, began: float, ended: float, delivery: int = 1, **rest: object) -> None:
        """Let an attempt end."""
        times = {"started_at": NOW + round(began * SECOND), "finished_at": NOW + round(ended * SECOND)}
        self.tell(kind, row, ended, delivery, **times, **rest)

    async def record(self, *, helping: int) -> None:
        """Record everything, so many batches a transaction."""
        position, _ = await self.projection.position("default")
        for start in range(0, len(self.batches), helping):
            part = self.batches[start : start + helping]
            assert await self.projection.apply("default", expected=position, batches=part)
            position = part[-1].position

    async def counts(self) -> dict[str, int]:
        """Return the counters without their buckets."""
        return {one.name: one.value for one in await self.store.counters() if one.name not in ("wait", "run")}

    async def buckets(self, name: str) -> dict[int, int]:
        """Return a histogram by the upper edges of its buckets in ms."""
        return {EDGES_MS[one.bucket]: one.value for one in await self.store.counters() if one.name == name}


@pytest.fixture(params=[1, 100], ids=["one by one", "at once"])
def helping(request: pytest.FixtureRequest) -> int:
    """Give how many batches are recorded at a time: it must not matter."""
    return int(request.param)


@pytest.fixture
def story(database: Database, store: Store) -> Story:
    """Give a story that nothing was told of yet."""
    return Story(database, store)


async def retried(story: Story) -> None:
    """Tell of a task that waits 2 s, runs 1 s and fails, pauses 60 s, waits 0.2 s, runs 4 s and succeeds."""
    row = new_row()
    await story.store.insert([row])
    story.tell(Kind.QUEUED, row)
    story.tell(Kind.CLAIMED, row, 2)
    story.end(Kind.RETRYING, row, 2, 3, error="no", failures=1, run_at=NOW + 63 * SECOND)
    story.tell(Kind.QUEUED, row, 63, 1)
    story.tell(Kind.CLAIMED, row, 63.2, 2)
    story.end(Kind.SUCCEEDED, row, 63.2, 67.2, 2, result="1")


async def test_waiting_and_running_apart(story: Story, helping: int) -> None:
    """The pause before a retry is neither: it is in no histogram."""
    await retried(story)
    await story.record(helping=helping)
    assert await story.buckets("wait") == {2_500: 1, 250: 1}
    assert await story.buckets("run") == {1_000: 1, 5_000: 1}
    counts = await story.counts()
    assert counts == {"succeeded": 1, "failed": 1, "retried": 1, "wait_ms": 2_200, "run_ms": 5_000}


async def test_a_replay_counts_nothing_again(story: Story, helping: int) -> None:
    """A rewound Redis tells the same story once more."""
    await retried(story)
    open_row, dead = new_row(), new_row()
    await story.store.insert([open_row, dead])
    story.tell(Kind.CLAIMED, open_row, 70)
    story.tell(Kind.EXPIRED, open_row, 80)
    story.tell(Kind.CLAIMED, open_row, 80, 2)
    story.end(Kind.RETRYING, open_row, 80, 81, 2, error="no", failures=1, run_at=NOW + 90 * SECOND)
    story.tell(Kind.CLAIMED, dead, 90)
    story.end(Kind.DEAD, dead, 90, 91, error="no", failures=1)
    await story.record(helping=helping)
    counts = await story.store.counters()
    assert (await story.counts()).items() >= {
        "succeeded": 1,
        "dead": 1,
        "failed": 3,
        "retried": 2,
        "expired": 1,
    }.items()
    await story.projection.set_epoch("default", "new", "0")
    await story.record(helping=100)
    assert await story.store.counters() == counts


async def test_a_takeover_is_no_waiting(story: Story, helping: int) -> None:
    """That a dead worker kept a task for ten seconds says nothing of how busy the others are."""
    row = new_row()
    await story.store.insert([row])
    story.tell(Kind.CLAIMED, row, 1)
    story.tell(Kind.EXPIRED, row, 11)
    story.tell(Kind.CLAIMED, row, 11, 2)
    story.end(Kind.SUCCEEDED, row, 11, 12, 2, result="1")
    story.tell(Kind.REFUSED, row, 13)
    await story.record(helping=helping)
    assert await story.buckets("wait") == {}
    assert await story.buckets("run") == {1_000: 1}
    assert await story.counts() == {"succeeded": 1, "expired": 1, "refused": 1, "run_ms": 1_000}


async def test_cancelled(story: Story) -> None:
    """By its queue, or by SQL alone where no queue knows the task."""
    here, there = new_row(), new_row(type="other")
    await story.store.insert([here, there])
    story.tell(Kind.CANCELLED, here, 1)
    await story.record(helping=1)
    assert await story.store.cancel(there.id, NOW)
    assert not await story.store.cancel(there.id, NOW)
    assert [(one.name, one.type, one.value) for one in await story.store.counters()] == [
        ("cancelled", "noop", 1),
        ("cancelled", "other", 1),
    ]


async def test_submitted(store: Store) -> None:
    """Counted in the process that accepts, and added to what others counted."""
    for types in (["a", "b", "a"], ["a"]):
        arrivals = Arrivals(store)
        arrivals.start()
        arrivals.note(types)
        await arrivals.stop()
    assert [(one.name, one.type, one.value) for one in await store.counters()] == [
        ("submitted", "a", 3),
        ("submitted", "b", 1),
    ]


async def test_submitted_while_sql_is_away(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What can't be added now is added later."""

    async def away(_counts: object) -> None:
        message = "away"
        raise StoreUnavailable(message)

    arrivals = Arrivals(store)
    arrivals.note(["a"])
    with monkeypatch.context() as patch:
        patch.setattr(store, "count", away)
        with pytest.raises(StoreUnavailable):
            await arrivals.flush()
    arrivals.note(["a"])
    await arrivals.flush()
    (count,) = await store.counters()
    assert count.value == 2


def test_buckets() -> None:
    """An edge belongs to the bucket below it, as Prometheus's `le` says; the last bucket has none."""
    assert [bucket_of(ms) for ms in (-3, 0, 5, 6, 10, 1_800_000, 1_800_001)] == [0, 0, 0, 1, 1, 14, 15]
