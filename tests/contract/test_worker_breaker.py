"""A worker whose tasks depend on something that is down: they wait, the others flow, and nothing is burned."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from system.policies.breaker import Mode
from system.tasks.breaker import Breaker
from system.tasks.errors import NonRetryable
from system.tasks.events import Kind
from system.tasks.handlers import Retry
from system.tasks.outcome import MAX_RESULT_BYTES
from system.worker.sight import FRESH_SECONDS
from tests.contract.queue_kit import eventually
from tests.fixtures.workers import Rig, until

SHOP = Breaker("shop", minimum=4, pause=0.2, longest_pause=0.2)
SOON = Retry(base=0.01, jitter="none")


class Shop:
    """A dependency: whether it is up, and who came while it was down: when, and how many were in it then."""

    def __init__(self) -> None:
        self.up = False
        self.inside = 0
        self.visits = 0
        self.came_in_vain: list[tuple[float, int]] = []

    async def visit(self) -> None:
        """Be a handler."""
        self.inside += 1
        self.visits += 1
        seen = time.monotonic(), self.inside
        await asyncio.sleep(0.01)
        self.inside -= 1
        if not self.up:
            self.came_in_vain.append(seen)
            message = "closed"
            raise ConnectionError(message)


async def state(rig: Rig) -> str:
    """Return where the breaker stands."""
    standings = await rig.queue.breakers.standings()
    return standings[0].state.value if standings else "unheard"


async def reaches(rig: Rig, wanted: str) -> None:
    """Wait until the breaker stands so."""

    async def there() -> bool:
        return await state(rig) == wanted

    assert await eventually(there)


async def test_from_the_first_failure_to_the_last_success(rig: Rig) -> None:
    """It opens; other tasks flow; it closes, and all end well. Who only waited burned no attempt and no delivery."""
    shop = Shop()
    rig.handler(shop.visit, "visit", breaker=SHOP, retry=SOON)
    ids = await rig.put("visit", 4, max_attempts=100)
    async with rig.working(concurrency=4):
        await reaches(rig, "open")
        ids += await rig.put("visit", 20, max_attempts=100)
        await rig.ends(await rig.put("noop", 20))
        await rig.event(lambda event: event.kind is Kind.RELEASED)
        shop.up = True
        ends = await rig.ends(ids)
    assert {end.kind for end in ends} == {Kind.SUCCEEDED}
    retries = [rig.kinds(task_id).count(Kind.RETRYING) for task_id in ids]
    assert sum(retries) == len(shop.came_in_vain)
    assert [end.delivery for end in ends] == [1 + failures for failures in retries]
    assert await state(rig) == "closed"


async def test_probes_go_one_at_a_time(rig: Rig) -> None:
    """While it is down nobody but a probe gets in, and each task keeps its attempts for when it is up."""
    shop = Shop()
    rig.handler(shop.visit, "visit", breaker=SHOP, retry=SOON)
    ids = await rig.put("visit", 4, max_attempts=100)
    async with rig.working(concurrency=4), rig.working(worker_id="w2", concurrency=4):
        await reaches(rig, "open")
        known = time.monotonic() + FRESH_SECONDS  # by then the other worker has heard of it, too
        ids += await rig.put("visit", 20, max_attempts=100)
        await until(lambda: sum(at > known for at, _ in shop.came_in_vain) >= 3)
        assert {inside for at, inside in shop.came_in_vain if at > known} == {1}
        shop.up = True
        ends = await rig.ends(ids)
    assert {end.kind for end in ends} == {Kind.SUCCEEDED}


@pytest.mark.parametrize("what", ["input", "result", "arguments", "mail", "late"])
async def test_what_counts(rig: Rig, what: str) -> None:
    """Running out of time does; the task's own faults and exceptions of other classes don't."""

    async def visit(what: str) -> Any:
        if what == "late":
            await asyncio.sleep(60)
        if what == "result":
            return "x" * MAX_RESULT_BYTES
        raise NonRetryable(what) if what == "input" else KeyError(what)

    breaker = Breaker("shop", minimum=1, on=(OSError, NonRetryable))
    rig.handler(visit, "visit", breaker=breaker, timeout=0.05)
    payload = {} if what == "arguments" else {"what": what}
    await rig.put("visit", payload=payload, max_attempts=1)
    await rig.burst()
    assert await state(rig) == ("open" if what == "late" else "closed")


@pytest.mark.parametrize("kind", ["thread", "process"])
async def test_failures_in_threads_and_processes_count(rig: Rig, kind: str) -> None:
    """Also where the exception is raised elsewhere, and only its description comes back."""
    isolation = "process" if kind == "process" else "none"
    rig.handler(fail, "visit", breaker=Breaker("shop", minimum=1), isolation=isolation)
    await rig.put("visit", max_attempts=1)
    await rig.burst()
    assert await state(rig) == "open"


def fail() -> None:
    """Fail."""
    message = "closed"
    raise ConnectionError(message)


async def test_held_open_by_hand(rig: Rig) -> None:
    """Its tasks wait until it is let go, however well they would end; a burst waits with them."""
    shop = Shop()
    shop.up = True
    rig.handler(shop.visit, "visit", breaker=SHOP)
    await rig.queue.breakers.force("shop", Mode.OPEN)
    ids = await rig.put("visit", 5)
    async with rig.working():
        await rig.event(lambda event: event.kind is Kind.RELEASED)
        assert not shop.visits
        await rig.queue.breakers.force("shop", None)
        assert [end.failures for end in await rig.ends(ids)] == [None] * 5


async def test_a_stop_tells_the_rest(rig: Rig) -> None:
    """What a worker counted last is heard although it ends; so is the end of its probe."""
    rig.handler(Shop().visit, "visit", breaker=SHOP, retry=SOON)
    await rig.put("visit", 4, max_attempts=1)
    await rig.burst()
    (standing,) = await rig.queue.breakers.standings()
    assert (standing.state, standing.failures) == ("open", 4)


async def test_without_a_breaker_nobody_asks(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hot path pays nothing where no task names a breaker, and one answer goes for many tasks where one does."""
    asked = []
    tell = type(rig.queue.breakers).tell

    async def counted(self: Any, news: Any) -> Any:
        asked.append(news)
        return await tell(self, news)

    monkeypatch.setattr(type(rig.queue.breakers), "tell", counted)
    await rig.put("noop", 100)
    await rig.burst()
    assert not asked

    async def visit() -> None:
        """Go well."""

    rig.handler(visit, "visit", breaker=SHOP)
    await rig.put("visit", 200)
    await rig.burst()
    assert 1 <= len(asked) <= 20
