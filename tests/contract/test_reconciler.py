"""What the queue lost comes back from SQL, and nothing else does."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from unittest.mock import patch

import pytest
from redis.asyncio import Redis

from system.queues.memory import MemoryQueue
from system.storage.projection import Projection
from system.storage.session import Database
from system.storage.store import Store
from system.tasks.task import Status
from system.upkeep import reconciler as module
from system.upkeep.reconciler import Reconciler
from system.upkeep.recorder import Recorder
from tests.fixtures.upkeep import Bench


def reconciler(bench: Bench, **options: Any) -> Reconciler:
    """Make one; tests' tasks are old enough for its grace."""
    return Reconciler(bench.queue, bench.store, bench.projection, bench.recorder, **options)


@pytest.fixture
def plain(sqlite: Database) -> Bench:
    """Give a queue that can't be rebuilt."""
    return Bench(MemoryQueue(), sqlite)


async def settle(bench: Bench) -> Reconciler:
    """Let a first sweep note the queue's epoch."""
    made = reconciler(bench)
    assert await made.sweep("default") == 0
    return made


async def waiting(bench: Bench) -> int:
    """Count what can be claimed."""
    return (await bench.queue.stats("default")).ready


async def test_a_task_that_never_reached_the_queue(leases: Bench) -> None:
    """The API died between commit and put, or Redis was away: the next sweep puts it, as it was accepted."""
    sweeper = await settle(leases)
    (row,) = await leases.accept(payload={"n": 1}, priority=7)
    await leases.store.mark_deferred([row.id])
    assert await sweeper.sweep("default") == 1
    (claim,) = await leases.claim()
    assert claim.task == row.to_task()
    await leases.record()
    running = await leases.store.get(row.id)
    assert running is not None
    assert (running.status, running.dispatch) == (Status.RUNNING, "queued")


async def test_what_the_queue_has_is_left_alone(leases: Bench) -> None:
    """Waiting, running, scheduled: none of them is lost."""
    sweeper = await settle(leases)
    rows = await leases.accept(2)
    later = await leases.accept(run_at=2_000_000_000_000)
    await leases.put([*rows, *later])
    await leases.claim()
    assert await sweeper.sweep("default") == 0
    stats = await leases.queue.stats("default")
    assert (stats.ready, stats.leased, stats.scheduled) == (1, 1, 1)


async def test_a_young_task_is_left_to_the_api(leases: Bench) -> None:
    """A task on its way from SQL to the queue is not lost; it is taken for lost after the grace."""
    await settle(leases)
    now = time.time()
    await leases.accept(created_at=int(now * 1000), run_at=int(now * 1000))
    assert await reconciler(leases, grace_seconds=5.0, clock=lambda: now + 4).sweep("default") == 0
    assert await reconciler(leases, grace_seconds=5.0, clock=lambda: now + 6).sweep("default") == 1


async def test_a_task_that_has_just_ended_is_not_lost(leases: Bench) -> None:
    """The recorder lags: the queue does not hold the task any more and SQL still says open. It is recorded, not put."""
    sweeper = await settle(leases)
    rows = await leases.accept(3)
    await leases.put(rows)
    await leases.succeed(await leases.claim(3))
    assert await leases.statuses() == ["queued"] * 3
    assert await sweeper.sweep("default") == 0
    assert await leases.statuses() == ["succeeded"] * 3
    assert await waiting(leases) == 0


async def test_nothing_is_put_while_the_record_can_not_catch_up(leases: Bench) -> None:
    """Rather later than twice: the round is skipped."""
    sweeper = await settle(leases)
    await leases.accept()
    with patch.object(Recorder, "catch_up", return_value=False):
        assert await sweeper.sweep("default") == 0
    assert await waiting(leases) == 0
    assert await sweeper.sweep("default") == 1


async def test_a_wiped_redis_is_filled_again(leases: Bench, redis_client: Redis) -> None:
    """What is open waits again with its failures and deliveries; what is over stays over."""
    sweeper = await settle(leases)
    rows = await leases.accept(4)
    await leases.put(rows)
    first, second = await leases.claim(2)
    await leases.succeed([first])
    await leases.record()
    await redis_client.flushall()
    assert await sweeper.sweep("default") == 3
    claims = {claim.task.id: claim for claim in await leases.claim(3)}
    assert claims.keys() == {row.id for row in rows[1:]}
    assert claims[second.task.id].delivery == 2
    await leases.succeed(list(claims.values()))
    await leases.record()
    assert await leases.statuses() == ["succeeded"] * 4
    assert await sweeper.sweep("default") == 0


async def test_a_wiped_redis_with_a_slow_clock(leases: Bench, redis_client: Redis) -> None:
    """Its history may begin below the recorded position: it is recorded from its beginning all the same."""
    sweeper = await settle(leases)
    (row,) = await leases.accept()
    await leases.projection.set_epoch("default", "old", "9999999999999-0")
    await redis_client.flushall()
    await leases.put([row])
    await leases.succeed(await leases.claim())
    assert await sweeper.sweep("default") == 0
    assert await leases.statuses() == ["succeeded"]


async def test_a_rewound_redis(leases: Bench, redis_client: Redis) -> None:
    """An older copy of the same Redis: what it lacks is put, what it never heard the end of ends once in the record."""
    sweeper = await settle(leases)
    rows = await leases.accept(2)
    await leases.put(rows[:1])
    copy = {key: await redis_client.dump(key) for key in await redis_client.keys()}
    await leases.put(rows[1:])
    await leases.succeed(await leases.claim())
    await leases.record()
    recorded = await leases.store.position("default")
    await redis_client.flushall()
    for key, content in copy.items():
        await redis_client.restore(key, 0, content)
    assert await sweeper.sweep("default") == 1
    assert await leases.store.position("default") != recorded
    await leases.succeed(await leases.claim(2))
    await leases.record()
    assert await leases.statuses() == ["succeeded"] * 2
    verdict = await leases.store.verdict()
    assert (verdict.attempts, verdict.double_successes) == (3, 1)


async def test_an_epoch_is_noted_only_when_all_is_put(leases: Bench, redis_client: Redis) -> None:
    """A reconciler that dies in the middle of the filling leaves the rest to the next one."""
    sweeper = await settle(leases)
    rows = await leases.accept(3)
    await redis_client.flushall()
    with patch.object(Store, "get_many", side_effect=ConnectionError), pytest.raises(ConnectionError):
        await sweeper.sweep("default")
    assert await leases.queue.epoch("default") is None
    assert await reconciler(leases).sweep("default") == len(rows)
    assert await leases.queue.epoch("default") == (await leases.projection.position("default"))[1]


async def test_a_fresh_record_on_an_old_redis(leases: Bench) -> None:
    """An epoch that SQL does not know means that SQL is the new one: the history that is left is recorded."""
    epoch = await leases.queue.begin_epoch("default")
    rows = await leases.accept()
    await leases.put(rows)
    await leases.claim()
    await leases.accept()
    assert await reconciler(leases).sweep("default") == 1
    assert (await leases.projection.position("default"))[1] == epoch
    await leases.record()
    assert await leases.statuses() == ["running", "queued"]


async def test_five_reconcilers_put_once(leases: Bench, redis_client: Redis) -> None:
    """Five upkeep processes that find a wiped Redis leave each task waiting exactly once."""
    await settle(leases)
    await leases.accept(200)
    await redis_client.flushall()
    sweepers = [
        Reconciler(leases.queue, leases.store, projection, Recorder(leases.queue, projection))
        for projection in [Projection(leases.database) for _ in range(5)]
    ]
    await asyncio.gather(*[one.sweep("default") for one in sweepers])
    assert await waiting(leases) == 200
    for one in sweepers:
        assert await one.sweep("default") == 0
    assert await waiting(leases) == 200


async def test_only_one_reconciler_is_at_it(leases: Bench) -> None:
    """While one sweeps, another does nothing; if the first one dies, the other goes on when its turn has ended."""
    now = 2_000_000_000.0
    dead, other = (reconciler(leases, clock=lambda: now) for _ in range(2))
    await leases.accept()
    with (
        patch.object(Store, "open_ids", side_effect=ConnectionError),
        patch.object(Store, "take_turn", side_effect=[True, ConnectionError]) as turn,
        pytest.raises(ConnectionError),
    ):
        await dead.sweep("default")
    (name, sweeper), times = turn.call_args_list[0]
    assert await leases.store.take_turn(name, sweeper, **times)
    assert await other.sweep("default") == 0
    assert await waiting(leases) == 0
    now += module.TURN_SECONDS
    assert await other.sweep("default") == 1


async def test_a_sweep_costs_no_more_than_its_pages(leases: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a large backlog in order it compares a part, and the next sweep goes on behind it, round and round."""
    monkeypatch.setattr(module, "PAGE", 2)
    sweeper = await settle(leases)
    rows = await leases.accept(7)
    await leases.put(rows)
    asked: list[str] = []
    missing = leases.queue.missing

    async def listening(name: str, ids: list[str]) -> list[str]:
        asked.extend(ids)
        return await missing(name, ids)

    monkeypatch.setattr(leases.queue, "missing", listening)
    ids = [row.id for row in rows]
    for part in (ids[:4], ids[4:], ids[:4]):
        await sweeper.sweep("default", pages=2)
        assert asked == part
        asked.clear()


async def test_a_sweep_goes_on_while_something_is_lost(leases: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The backlog of an outage drains in one go, whatever a quiet sweep may cost."""
    monkeypatch.setattr(module, "PAGE", 2)
    sweeper = await settle(leases)
    await leases.accept(9)
    assert await sweeper.sweep("default", pages=1) == 9
    assert await waiting(leases) == 9


async def test_what_was_too_young_for_a_rebuild_is_compared_next(
    leases: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a large backlog it would have to wait for its turn otherwise."""
    monkeypatch.setattr(module, "PAGE", 2)
    old = await leases.accept(6)
    now = 2_000_000_000.0
    young = await leases.accept(created_at=int(now * 1000), run_at=1)
    sweeper = reconciler(leases, clock=lambda: now)
    assert await sweeper.sweep("default") == len(old)
    now += 10
    assert await sweeper.sweep("default", pages=1) == len(young)


async def test_orphans_are_put_if_they_are_open(leases: Bench) -> None:
    """Ids that a backend forgot the tasks of: only SQL knows which of them are still wanted."""
    rows = await leases.accept(2)
    await leases.store.cancel(rows[0].id, 1)
    assert await reconciler(leases).put_again("default", [row.id for row in rows]) == 1
    (claim,) = await leases.claim()
    assert claim.task.id == rows[1].id


async def test_every_queue_is_swept(leases: Bench) -> None:
    """Those that SQL knows of."""
    for name in ("a", "b"):
        await leases.store.ensure_queue(name)
        await leases.accept(queue=name)
    assert await reconciler(leases).sweep_all() == 2


async def test_a_queue_that_can_not_be_rebuilt_is_left_alone(plain: Bench) -> None:
    """What its put would double is not put."""
    await plain.accept()
    assert await reconciler(plain).sweep("default") == 0
    assert await waiting(plain) == 0


async def test_what_was_accepted_while_any_queue_was_away_is_put(plain: Bench) -> None:
    """Once, and not where the put took place after all and only its answer was lost."""
    lost, arrived = await plain.accept(2)
    await plain.put([arrived])
    await plain.store.mark_deferred([lost.id, arrived.id])
    sweeper = reconciler(plain)
    assert await sweeper.sweep("default") == 1
    assert await sweeper.sweep("default") == 0
    assert {claim.task.id for claim in await plain.claim(2)} == {lost.id, arrived.id}
