"""Why a task does not run: every reason, one by one, on the queues that can say where a task is."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis

from system.operations.explain import explain
from system.policies.breaker import Mode
from system.queues.breakers import Said
from system.queues.brpop import BrpopQueue
from system.queues.memory import MemoryRegistry
from system.storage.rows import TaskRow
from system.storage.session import Database
from system.tasks.breaker import Breaker
from system.tasks.errors import NotFound, QueueUnavailable
from system.tasks.handlers import HANDLERS, task
from system.tasks.outcome import Bury, Reason, RetryIn, Settlement
from tests.fixtures.tasks import NOW
from tests.fixtures.upkeep import Bench

FAR = 4_000_000_000_000  # ms
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


class Asking:
    """A bench with a registry, and the question."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.now = NOW / 1000
        self.registry = MemoryRegistry(clock=lambda: self.now)

    async def worker(self, name: str = "w1", **given: Any) -> None:
        """Let a worker report."""
        info = {"status": "running", "queues": ["default"], "concurrency": 1, "types": ["noop"], **given}
        await self.registry.beat(name, info)

    async def put(self, count: int = 1, **given: Any) -> list[TaskRow]:
        """Accept tasks and put them."""
        rows = await self.bench.accept(count, **given)
        await self.bench.put(rows)
        await self.bench.record()
        return rows

    async def why(self, row: TaskRow) -> tuple[str, list[str]]:
        """Ask; times become T."""
        found = await explain(self.bench.store, self.bench.queue, self.registry, row.id)
        return found.status.value, [re.sub(TIME, "T", sentence) for sentence in found.because]


@pytest.fixture
def asking(bench: Bench) -> Asking:
    """Give a bench to ask about."""
    return Asking(bench)


async def test_nothing(asking: Asking) -> None:
    """A free worker is about to ask for it."""
    await asking.worker()
    (row,) = await asking.put()
    assert await asking.why(row) == ("queued", ["nothing holds it up: the next worker that asks gets it"])


async def test_others_go_first(asking: Asking) -> None:
    """Those of its priority that came before, and all of higher ones."""
    await asking.worker()
    await asking.put(2, priority=9)
    first, second, _ = await asking.put(3, priority=1)
    assert await asking.why(first) == ("queued", ["it is behind 2 tasks"])
    assert await asking.why(second) == ("queued", ["it is behind 3 tasks"])


async def test_its_queue_is_paused(asking: Asking) -> None:
    """Whoever is in front of it."""
    await asking.worker()
    (row,) = await asking.put()
    await asking.bench.queue.pause("default")
    assert await asking.why(row) == ("queued", ["queue default is paused"])


async def test_it_is_delayed(asking: Asking) -> None:
    """Its time has not come."""
    await asking.worker()
    (row,) = await asking.put(run_at=FAR)
    assert await asking.why(row) == ("scheduled", ["it is delayed until T"])


async def test_it_waits_for_its_retry(asking: Asking) -> None:
    """Until when, after which failure."""
    await asking.worker()
    (row,) = await asking.put()
    (claim,) = await asking.bench.claim()
    retry = RetryIn(60.0, replace(claim.task, failures=1), "OSError: away\n  File …")
    await asking.bench.queue.finish([Settlement(claim, retry, 2.0, 1.0)])
    await asking.bench.record()
    why = "it waits until T for its retry after failure 1 of 5: OSError: away"
    assert await asking.why(row) == ("retrying", [why])


async def test_nobody_serves_its_queue(asking: Asking) -> None:
    """A worker of another queue is no help, nor one that drains, nor one that was not heard of for long."""
    await asking.worker("lost")
    asking.now += 60
    await asking.worker("other", queues=["mail"])
    await asking.worker("old", status="draining")
    (row,) = await asking.put()
    assert await asking.why(row) == ("queued", ["no live worker serves queue default"])


async def test_nobody_knows_its_type(asking: Asking) -> None:
    """Workers are there, but none with a handler for it; one that does not say what it knows gets the benefit."""
    await asking.worker(types=["echo"])
    (row,) = await asking.put()
    why = "no live worker of its queue has a handler for 'noop' (asked: w1)"
    assert await asking.why(row) == ("queued", [why])
    await asking.worker("w2")
    assert "handler" not in str(await asking.why(row))


async def test_all_slots_are_taken(asking: Asking) -> None:
    """The workers have their hands full."""
    await asking.worker()
    _, row = await asking.put(2)
    await asking.bench.claim()
    assert await asking.why(row) == ("queued", ["all slots of its queue's live workers are taken: 1 of 1"])


async def test_several_reasons_at_once(asking: Asking) -> None:
    """Mending one would not be enough, so all are told."""
    (row,) = await asking.put(run_at=FAR)
    await asking.bench.queue.pause("default")
    why = ["it is delayed until T", "queue default is paused", "no live worker serves queue default"]
    assert await asking.why(row) == ("scheduled", why)


async def test_it_runs(asking: Asking) -> None:
    """On whom, since when; also before the record knows it."""
    await asking.worker()
    (row,) = await asking.put()
    await asking.bench.claim()
    assert await asking.why(row) == ("running", ["it runs on w1"])
    await asking.bench.record()
    assert await asking.why(row) == ("running", ["it runs on w1 since T"])


async def test_its_worker_fell_silent(asking: Asking) -> None:
    """It is held by somebody who may be dead; when that will be over is known."""
    await asking.worker()
    (row,) = await asking.put()
    await asking.bench.claim()
    asking.now += 12
    silent = "w1 has been silent for 12 s: unless it renews its lease, another takes over at T"
    assert await asking.why(row) == ("running", ["it runs on w1", silent])
    await asking.registry.remove("w1")
    assert "w1 is gone: unless" in (await asking.why(row))[1][1]


async def test_it_was_accepted_while_the_queue_was_away(asking: Asking) -> None:
    """It waits in SQL alone, while the queue is still away and for a moment after."""
    (row,) = await asking.bench.accept()
    await asking.bench.store.mark_deferred([row.id])
    deferred = "it was accepted while the queue was away, and waits in SQL until upkeep can put it"
    assert await asking.why(row) == ("queued", [deferred])

    async def away(*_: object) -> None:
        message = "Redis does not serve"
        raise QueueUnavailable(message)

    asking.bench.queue.find = away  # type: ignore[assignment, method-assign]
    assert await asking.why(row) == ("queued", ["nothing is handed out: Redis does not serve", deferred])


async def test_the_queue_does_not_know_it(asking: Asking) -> None:
    """Lost, or just over: either will be put right."""
    (row,) = await asking.bench.accept()
    status, (why,) = await asking.why(row)
    assert status == "queued"
    assert why.startswith("the queue does not hold it: it has just ended")


async def test_it_is_over(asking: Asking) -> None:
    """How it ended."""
    rows = await asking.put(3)
    good, bad = await asking.bench.claim(2)
    await asking.bench.succeed([good])
    await asking.bench.queue.finish([Settlement(bad, Bury("boom\nat line 3", Reason.TIMEOUT), 2.0, 1.0)])
    await asking.bench.record()
    await asking.bench.store.cancel(rows[2].id, NOW)
    assert [await asking.why(row) for row in rows] == [
        ("succeeded", ["it succeeded at T, at attempt 1, on w1"]),
        ("dead", ["it died at T of timeout: boom"]),
        ("cancelled", ["it was cancelled at T"]),
    ]
    with pytest.raises(NotFound):
        await explain(asking.bench.store, asking.bench.queue, asking.registry, "nonsense")


async def test_a_queue_that_can_not_say(redis_client: Redis, sqlite: Database) -> None:
    """The plain queues know no single task; that is what is said."""
    bench = Bench(BrpopQueue(redis_client), sqlite)
    (row,) = await bench.accept()
    _, (why,) = await Asking(bench).why(row)
    assert "can't say where one task is" in why


async def test_far_back(leases: Bench) -> None:
    """A place in line is not counted through a million others."""
    asking = Asking(leases)
    await asking.worker()
    rows = await asking.put(10_002)
    assert (await asking.why(rows[10_000]))[1] == ["it is far back among 10002 tasks"]
    assert (await asking.why(rows[9_999]))[1] == ["it is behind 9999 tasks"]


async def test_its_breaker(asking: Asking) -> None:
    """The dependency is down: until when, or by whose hand."""
    shop = Breaker("shop", minimum=1, pause=60)
    task("needs-shop", breaker=shop)(lambda: None)
    try:
        (row,) = await asking.put(type="needs-shop")
        await asking.worker(types=["needs-shop"])
        assert await asking.why(row) == ("queued", ["nothing holds it up: the next worker that asks gets it"])
        await asking.bench.queue.breakers.tell([Said(shop, 1, 1)])
        assert await asking.why(row) == ("queued", ["circuit breaker shop is open, and tried again from T"])
        await asking.bench.queue.breakers.force("shop", Mode.OPEN)
        assert await asking.why(row) == ("queued", ["circuit breaker shop is open by hand"])
    finally:
        del HANDLERS["needs-shop"]
