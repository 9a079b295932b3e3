"""The look-out in the worker's loop: deadlines, claims that wait too long, lag."""

from __future__ import annotations

import asyncio
import math
import time
from random import Random
from typing import Any

import pytest

from system.queues.breakers import NoBreakers
from system.queues.memory import MemoryQueue
from system.tasks.task import Claim
from system.worker.appetite import Appetite
from system.worker.counts import Counts
from system.worker.guard import Guard
from system.worker.held import Hand, Held, Stop
from system.worker.nudge import Nudge
from system.worker.outage import Outage
from system.worker.runner import Runners
from system.worker.settle import Settler
from system.worker.slots import Slots
from system.worker.watch import IDLE_TICK, TICK, Watch, pauses
from tests.fixtures.tasks import new_task
from tests.fixtures.workers import until


class Post:
    """A watch over slots that nobody works in."""

    def __init__(self) -> None:
        self.hand, changed, appetite = Hand(), Nudge(), Appetite()
        appetite.learn(1000, 0.1)
        self.given_back: list[Held] = []
        self.appetite = appetite
        settler = Settler(
            MemoryQueue(), self.hand, counts=Counts(), outage=Outage(Random(1)), changed=changed, margin=1.0
        )
        settler.give_back = self.given_back.extend  # type: ignore[method-assign, assignment]
        self.slots = Slots(
            1,
            runners=Runners(1, print),
            settler=settler,
            guard=Guard(NoBreakers(), outage=Outage(Random(1)), random=Random(1)),
            appetite=appetite,
            changed=changed,
            random=Random(1),
        )
        self.watch = Watch(self.hand, self.slots, settler, margin=1.0)

    def hold(self, seconds_left: float = 10.0, *, since: float | None = None) -> Held:
        """Take a claim in hand."""
        now = time.monotonic()
        held = Held(Claim(new_task(), "1:w", 1), now + seconds_left, now if since is None else since)
        self.hand.take(held)
        return held


@pytest.fixture
async def post() -> Any:
    """Have a watch at work."""
    post = Post()
    watching = asyncio.create_task(post.watch.run())
    yield post
    watching.cancel()


@pytest.mark.parametrize(
    ("margin", "busy", "idle"),
    [(1.0, TICK, IDLE_TICK), (0.4, TICK, 0.2), (0.1, 0.05, 0.05), (math.inf, TICK, IDLE_TICK)],
)
def test_it_looks_twice_between_a_deadline_and_the_end_of_its_lease(margin: float, busy: float, idle: float) -> None:
    """A handler that begins right before its deadline, after a claim whose answer came late, is seen in time."""
    assert pauses(margin) == (busy, idle)


async def test_what_is_overdue_is_lost(post: Post) -> None:
    """Past its deadline a claim must not run, whatever the queue would say if it answered."""
    overdue, in_time = post.hold(-0.1), post.hold()
    await until(lambda: overdue.stopped is Stop.LOST)
    assert in_time.stopped is None


async def test_claims_that_wait_behind_long_tasks_are_given_back(post: Post) -> None:
    """Other workers may be free; and the next claims are careful again."""
    post.slots.running = 1
    held = post.hold()
    post.slots.feed([held])
    await until(lambda: post.given_back == [held])
    assert post.slots.waiting == 0
    assert post.appetite.ahead() == 0


async def test_claims_whose_turn_comes_soon_stay(post: Post) -> None:
    """A free slot will take them; the watch passes by several times."""
    post.slots.feed([post.hold(since=0.0)])
    late = post.hold(-0.1)
    await until(lambda: late.stopped is Stop.LOST)
    assert post.slots.waiting == 1
    assert post.given_back == []


async def test_lag_is_seen_while_the_loop_is_blocked(post: Post) -> None:
    """Another thread that asks gets to know how late the loop is, though the loop can't tell."""
    overdue = post.hold(-0.1)
    await until(lambda: overdue.stopped is not None)  # the first round is over
    blocked_until = time.monotonic() + 0.3
    while time.monotonic() < blocked_until:
        pass
    assert post.watch.lag() >= 0.15
