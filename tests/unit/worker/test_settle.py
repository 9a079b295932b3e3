"""The way back to the queue: one call at a time, and what gathers meanwhile goes with the next."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from random import Random
from typing import cast

import pytest

from system.queues.protocol import Queue
from system.tasks.errors import QueueUnavailable
from system.tasks.outcome import Bury, Settlement, Succeed
from system.tasks.task import Claim
from system.worker.counts import Counts
from system.worker.held import Hand, Held
from system.worker.nudge import Nudge
from system.worker.outage import Outage
from system.worker.settle import MOST, MOST_CHARACTERS, Settler
from tests.fixtures.tasks import new_task
from tests.fixtures.workers import until


class Desk:
    """A queue that only takes outcomes, each call when it is let, and a settler that brings them."""

    def __init__(self) -> None:
        self.finished: list[list[Settlement]] = []
        self.released: list[Claim] = []
        self.calls = 0
        self.open = asyncio.Event()
        self.open.set()
        self.away = False
        self.refused: set[str] = set()
        self.hand, self.counts = Hand(), Counts()
        self.settler = Settler(
            cast("Queue", self),
            self.hand,
            counts=self.counts,
            outage=Outage(Random(1)),
            changed=Nudge(),
            margin=0.0,
        )

    async def finish(self, settlements: Sequence[Settlement]) -> list[bool]:
        """Take outcomes."""
        self.calls += 1
        await self.open.wait()
        if self.away:
            message = "away"
            raise QueueUnavailable(message)
        self.finished.append(list(settlements))
        return [settlement.claim.task.id not in self.refused for settlement in settlements]

    async def release(self, claims: Sequence[Claim], pauses: Sequence[float]) -> None:
        """Take claims back, at once."""
        assert pauses == [0.0] * len(claims)
        self.calls += 1
        if self.away:
            message = "away"
            raise QueueUnavailable(message)
        self.released += claims

    def hold(self, seconds_left: float = 60.0) -> Held:
        """Take a claim in hand."""
        now = time.monotonic()
        held = Held(Claim(new_task(), "1:w", 1), now + seconds_left, now)
        self.hand.take(held)
        return held

    def succeed(self, held: Held, result: str = "1") -> None:
        """Settle a claim well."""
        now = time.monotonic()
        self.settler.settle(held, Succeed(result), now - 0.2, now - 0.1)

    async def done(self) -> None:
        """Wait until nothing is in hand."""
        await until(lambda: not len(self.hand))


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """Have a settler at work; it must end by itself when it is closed."""
    desk = Desk()
    running = asyncio.create_task(desk.settler.run())
    yield desk
    desk.settler.close()
    await asyncio.wait_for(running, 10)


async def test_what_gathers_goes_with_the_next_call(desk: Desk) -> None:
    """While a call is under way there is no other."""
    desk.open.clear()
    desk.succeed(desk.hold())
    await until(lambda: desk.calls == 1)
    for _ in range(5):
        desk.succeed(desk.hold())
    desk.open.set()
    await desk.done()
    assert [len(batch) for batch in desk.finished] == [1, 5]
    assert desk.counts == Counts(done=6)


async def test_a_call_carries_only_so_much(desk: Desk) -> None:
    """Bounded in number, and in the length of the results."""
    desk.open.clear()
    for _ in range(MOST + 1):
        desk.succeed(desk.hold())
    for _ in range(3):
        desk.succeed(desk.hold(), "x" * (MOST_CHARACTERS // 2))
    desk.open.set()
    await desk.done()
    assert [len(batch) for batch in desk.finished] == [MOST, 3, 1]


async def test_times_are_told_as_ages(desk: Desk) -> None:
    """Milliseconds before the call was sent, so that the worker's clock does not matter."""
    desk.succeed(desk.hold())
    await desk.done()
    ((settlement,),) = desk.finished
    assert 200 <= settlement.started_ms_ago < 10_000
    assert settlement.started_ms_ago - settlement.ended_ms_ago in {99, 100, 101}


async def test_a_refused_outcome_is_counted(desk: Desk) -> None:
    """It is neither done nor failed; the others of its batch are."""
    late, dead = desk.hold(), desk.hold()
    desk.refused.add(late.claim.task.id)
    desk.succeed(late)
    desk.settler.settle(dead, Bury("no"), 0.0, 0.0)
    await desk.done()
    assert desk.counts == Counts(failed=1, refused=1)


async def test_an_answer_that_got_lost(desk: Desk) -> None:
    """What is refused when sent again was probably settled the first time: it is not counted as late."""
    held = desk.hold()
    desk.away = True
    desk.succeed(held)
    await until(lambda: desk.calls == 2)
    desk.refused.add(held.claim.task.id)
    desk.away = False
    await desk.done()
    assert desk.counts == Counts()


async def test_it_gives_up_when_the_leases_are_over(desk: Desk) -> None:
    """Those that still hold are tried on."""
    desk.away = True
    desk.succeed(desk.hold(seconds_left=0.05))
    desk.succeed(desk.hold())
    await until(lambda: desk.counts.lost == 1)
    desk.away = False
    await desk.done()
    assert desk.counts == Counts(done=1, lost=1)


async def test_a_release_is_tried_twice(desk: Desk) -> None:
    """Where both fail the leases end by themselves; the settler has other things to do."""
    given, kept = desk.hold(), desk.hold()
    desk.settler.give_back([given])
    await until(lambda: desk.released == [given.claim])
    desk.away = True
    desk.settler.give_back([kept])
    await desk.done()
    assert (desk.released, desk.calls) == ([given.claim], 3)
