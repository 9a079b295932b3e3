"""Who sleeps for work: a worker that can start a task at once, and nobody who was told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from random import Random
from typing import cast

from system.queues.breakers import NoBreakers
from system.queues.protocol import Grant, Queue
from system.worker.appetite import Appetite
from system.worker.claiming import Claimer, Terms
from system.worker.counts import Counts
from system.worker.guard import Guard
from system.worker.held import Hand
from system.worker.nudge import Nudge
from system.worker.outage import Outage
from system.worker.runner import Runners
from system.worker.settle import Settler
from system.worker.slots import Slots
from tests.fixtures.workers import until


class Desk:
    """An empty queue, and the claim loop of a worker that is used to short tasks."""

    def __init__(self) -> None:
        self.claims = self.sleeps = 0
        self.open = asyncio.Event()
        self.open.set()
        self.changed, hand, appetite, outage = Nudge(), Hand(), Appetite(), Outage(Random(1))
        appetite.learn(1000, 0.1)
        queue = cast("Queue", self)
        settler = Settler(queue, hand, counts=Counts(), outage=outage, changed=self.changed, margin=1.0)
        guard = Guard(NoBreakers(), outage=outage, random=Random(1))
        self.slots = Slots(
            2,
            runners=Runners(2, print),
            settler=settler,
            guard=guard,
            appetite=appetite,
            changed=self.changed,
            random=Random(1),
        )
        self.claimer = Claimer(
            queue,
            Terms("w1", ["default"], 8.0, burst=False),
            slots=self.slots,
            settler=settler,
            hand=hand,
            appetite=appetite,
            outage=outage,
            changed=self.changed,
        )

    async def claim(self, _worker: str, _queues: Sequence[str], _limit: int) -> Grant:
        """Have nothing, but look-ahead claims are counted."""
        self.claims += 1
        await self.open.wait()
        return Grant([])

    async def wait(self, _queues: Sequence[str], seconds: float) -> None:
        """Let the worker sleep."""
        self.sleeps += 1
        await asyncio.sleep(seconds)


async def test_a_worker_without_a_free_slot_leaves_the_wake_up_calls_to_others() -> None:
    """It may look ahead, but of those who sleep only one is woken: it must be one who can start the task."""
    desk = Desk()
    desk.slots.running = 2
    claiming = asyncio.create_task(desk.claimer.run())
    await until(lambda: desk.claims == 1)
    desk.changed.give()
    await until(lambda: desk.claims == 2)
    assert desk.sleeps == 0
    desk.slots.running = 1
    desk.changed.give()
    await until(lambda: desk.sleeps == 1)
    assert desk.claims == 3
    desk.claimer.stop()
    await asyncio.wait_for(claiming, 10)


async def test_a_stop_is_not_slept_through_by_a_full_worker() -> None:
    """It comes while a claim is under way that brings nothing: the loop ends when the answer is there."""
    desk = Desk()
    desk.slots.running = 2
    desk.open.clear()
    claiming = asyncio.create_task(desk.claimer.run())
    await until(lambda: desk.claims == 1)
    desk.claimer.stop()
    desk.open.set()
    await asyncio.wait_for(claiming, 10)
    assert desk.claims == 1
