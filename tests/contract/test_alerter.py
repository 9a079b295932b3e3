"""Each alert, with what makes it fire and what makes it clear, on a real queue and a real record."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from system.operations import inspect
from system.operations.signals import signals
from system.policies.alerts import rules_of
from system.queues.registry import Registry
from system.storage.alert_book import AlertBook, AlertRow
from system.tasks.outcome import RetryIn, Settlement, Succeed
from system.upkeep.alerter import TURN_SECONDS, Alerter
from tests.fixtures.upkeep import Bench

QUICK = (
    "queue_depth=10:0, oldest_age=0.05:0, error_rate=0.2:0, dead_letters=2:0, no_workers=0:0, worker_lost=0:0,"
    "recorder_behind=0.05:0"
)
DEADLINE = 20.0
BEAT = {"status": "running", "queues": ["default"], "concurrency": 10}


class Watch:
    """An alerter on a bench, and what it wrote."""

    def __init__(self, bench: Bench, registry: Any, rules: str = QUICK, **options: Any) -> None:
        self.book = AlertBook(bench.database)
        look = partial(signals, bench.store, bench.queue, registry)
        self.alerter = Alerter(self.book, rules_of(rules), look, tells=True, **options)

    async def row(self, name: str) -> AlertRow:
        """Look, and return how an alert stands."""
        await self.alerter.round()
        return next(row for row in await self.book.rows() if row.name == name)

    async def becomes(self, name: str, state: str) -> AlertRow:
        """Wait until an alert stands so."""
        async with asyncio.timeout(DEADLINE):
            while (row := await self.row(name)).state != state:  # noqa: ASYNC110 (time has to pass)
                await asyncio.sleep(0.01)
        return row


@pytest.fixture
def registry(leases: Bench) -> Registry:
    """Give the register of workers on the bench's server."""
    return Registry(leases.queue._redis)  # type: ignore[attr-defined]  # noqa: SLF001


@pytest.fixture
def watch(leases: Bench, registry: Registry) -> Watch:
    """Give a watch on the bench."""
    return Watch(leases, registry)


async def test_queue_depth(leases: Bench, watch: Watch) -> None:
    """Eleven tasks wait; then only eight."""
    assert (await watch.row("queue_depth")).state == "ok"
    await leases.put(await leases.accept(11))
    row = await watch.row("queue_depth")
    assert (row.state, row.value, row.message) == ("firing", 11, "11 tasks wait")
    await leases.claim(2)
    assert (await watch.row("queue_depth")).state == "firing"
    await leases.claim(1)
    assert (await watch.row("queue_depth")).state == "ok"


async def test_oldest_age(leases: Bench, watch: Watch) -> None:
    """A task is left lying, and taken up."""
    await leases.put(await leases.accept(1))
    assert "waiting for" in (await watch.becomes("oldest_age", "firing")).message
    await leases.claim(1)
    assert (await watch.row("oldest_age")).state == "ok"


async def test_a_paused_queue_is_nobodys_fault(leases: Bench, watch: Watch) -> None:
    """Its tasks are meant to wait."""
    await leases.put(await leases.accept(20))
    await leases.queue.pause("default")
    assert (await watch.row("queue_depth")).state == (await watch.row("oldest_age")).state == "ok"


async def test_error_rate(leases: Bench, watch: Watch) -> None:
    """Half of the last minute's attempts failed; then one in ten."""
    await leases.put(await leases.accept(110))
    for claim in await leases.claim(5):
        await leases.queue.finish([Settlement(claim, RetryIn(60, claim.task, "no"), 2.0, 1.0)])
    assert (await watch.row("error_rate")).state == "ok", "of five attempts a share says nothing"
    await leases.succeed(await leases.claim(5))
    row = await watch.row("error_rate")
    assert (row.state, row.message) == ("firing", "50% of the last minute's attempts failed")
    await leases.succeed(await leases.claim(100))
    assert (await watch.row("error_rate")).state == "ok"


async def test_dead_letters(leases: Bench, registry: Registry) -> None:
    """Three died; clears when none died for a while, though the dead are still there."""
    watch = Watch(leases, registry, deaths_seconds=0.2)
    await watch.alerter.round()
    await leases.put(await leases.accept(3))
    await leases.bury(await leases.claim(3))
    await leases.record()
    assert (await watch.row("dead_letters")).value == 3
    assert (await watch.becomes("dead_letters", "ok")).value == 0


async def test_no_workers(leases: Bench, registry: Registry, watch: Watch) -> None:
    """A task waits and nobody is there; then somebody is."""
    assert (await watch.row("no_workers")).state == "ok", "nothing waits"
    await leases.put([*await leases.accept(1)])
    assert (await watch.row("no_workers")).message == "1 tasks wait and no worker is alive"
    await registry.beat("w1", BEAT)
    assert (await watch.row("no_workers")).state == "ok"


async def test_worker_lost(registry: Registry, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker falls silent and is heard of again."""
    monkeypatch.setattr(inspect, "LOST_AFTER_SECONDS", 0.2)
    await registry.beat("w1", BEAT)
    assert (await watch.row("worker_lost")).state == "ok"
    await watch.becomes("worker_lost", "firing")
    await registry.beat("w1", BEAT)
    assert (await watch.row("worker_lost")).state == "ok"


async def test_recorder_behind(leases: Bench, watch: Watch) -> None:
    """Nobody records what happens, and then somebody does."""
    await leases.put(await leases.accept(1))
    assert "SQL does not know yet" in (await watch.becomes("recorder_behind", "firing")).message
    await leases.record()
    assert (await watch.row("recorder_behind")).state == "ok"


async def test_several_speak_with_one_voice(leases: Bench, registry: Registry) -> None:
    """One looks, the others are silent; when it is gone another goes on where it was, and tells nothing twice."""
    now = 1_000_000.0

    def clock() -> float:
        return now

    watches = [Watch(leases, registry, clock=clock) for _ in range(3)]
    await leases.put(await leases.accept(20))
    rounds: Callable[[list[Watch]], Any] = lambda some: asyncio.gather(*[one.alerter.round() for one in some])  # noqa: E731
    await rounds(watches)
    (speaker,) = [one for one in watches if one.alerter.speaks]
    (first,) = [notice for notice in await speaker.book.untold(10) if "queue_depth" in notice.body]
    others = [one for one in watches if one is not speaker]
    now += TURN_SECONDS + 1
    await rounds(others)
    assert sum(one.alerter.speaks for one in others) == 1
    await rounds([speaker])
    assert not speaker.alerter.speaks
    assert [notice for notice in await speaker.book.untold(10) if "queue_depth" in notice.body] == [first]


async def test_it_writes_little_while_nothing_changes(leases: Bench, registry: Registry) -> None:
    """A commit every ten seconds says that somebody looks; the rest costs no disk."""
    now = 1_000_000.0
    watch = Watch(leases, registry, clock=lambda: now)
    written = set()
    for _ in range(30):
        written.add((await watch.row("queue_depth")).evaluated_at)
        now += 1
    assert len(written) == 3


async def test_succeeding_is_no_alert(leases: Bench, watch: Watch) -> None:
    """A system that does its work is left in peace."""
    await leases.put(await leases.accept(5))
    for claim in await leases.claim(5):
        await leases.queue.finish([Settlement(claim, Succeed("1"), 2.0, 1.0)])
    await leases.record()
    await watch.alerter.round()
    assert {row.state for row in await watch.book.rows()} == {"ok"}
