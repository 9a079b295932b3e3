"""A task for each death: accepted with the record of the death, put by the reconciler, run like any other."""

from __future__ import annotations

import orjson

from system.storage.projection import Projection
from system.tasks.outcome import Bury, Reason, Settlement
from system.tasks.task import Claim, Status
from system.upkeep.death_notices import death_notices
from system.upkeep.reconciler import Reconciler
from system.upkeep.recorder import Recorder
from tests.fixtures.upkeep import Bench


def tell(bench: Bench) -> None:
    """Let the bench's recorder tell of deaths."""
    bench.projection = Projection(bench.database, death_notices("obituary"))
    bench.recorder = Recorder(bench.queue, bench.projection)


async def die(bench: Bench, reason: Reason = Reason.NON_RETRYABLE, **given: object) -> Claim:
    """Accept a task and let it die."""
    await bench.put(await bench.accept(**given))
    (claim,) = await bench.claim()
    await bench.queue.finish([Settlement(claim, Bury("boom", reason), 2.0, 1.0)])
    return claim


async def test_a_death_is_told(bench: Bench) -> None:
    """The notice waits in the dead task's queue, with what one wants to know; it gets there by itself."""
    tell(bench)
    dead = await die(bench)
    await bench.record()
    (notice,) = await bench.store.find(status=Status.QUEUED)
    assert (notice.type, notice.queue, notice.dispatch) == ("obituary", "default", "deferred")
    told = {"task_id": dead.task.id, "type": "noop", "queue": "default", "reason": "non_retryable", "error": "boom"}
    assert orjson.loads(notice.payload) == told
    await Reconciler(bench.queue, bench.store, bench.projection, bench.recorder, grace_seconds=-1.0).sweep("default")
    (claim,) = await bench.claim()
    assert (claim.task.id, claim.task.payload) == (notice.id, told)


async def test_each_death_is_told_once(bench: Bench) -> None:
    """However often the history is read; a task that was brought back and dies again is told of again."""
    tell(bench)
    dead = await die(bench)
    await bench.record()
    await bench.projection.set_epoch("default", None, "0")
    await bench.record()
    assert len(await bench.store.find(type="obituary")) == 1
    rows = await bench.store.requeue([dead.task.id], dead.task.created_at)
    await bench.put(rows)
    await bench.bury(await bench.claim())
    await bench.record()
    assert len(await bench.store.find(type="obituary")) == 2


async def test_a_notice_that_dies_is_the_end_of_it(bench: Bench) -> None:
    """Else a broken handler would fill the world with notices of notices."""
    tell(bench)
    await die(bench, type="obituary")
    await bench.record()
    assert await bench.statuses() == ["dead"]


async def test_nothing_else_is_told(bench: Bench) -> None:
    """Success is no death; nor does anybody hear of one who did not ask."""
    await die(bench)
    await bench.record()
    tell(bench)
    await bench.put(await bench.accept())
    await bench.succeed(await bench.claim())
    await bench.record()
    assert await bench.statuses() == ["dead", "succeeded"]
