"""The claim loop: asks for as many tasks as will be started at once, and sleeps while there is nothing to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic

from system.queues.protocol import Grant, Queue
from system.tasks.errors import QueueUnavailable
from system.telemetry.failpoints import failpoint
from system.worker.appetite import Appetite
from system.worker.clock import Clock
from system.worker.held import Hand, Held
from system.worker.nap import Nap, Wait
from system.worker.nudge import Nudge
from system.worker.outage import Outage
from system.worker.rota import Rota
from system.worker.settle import Settler
from system.worker.slots import Slots
from system.worker.suspects import COMPANY_SECONDS, SOLITARY_SECONDS, suspicious

LONGEST_WAIT = 4.0  # seconds a wait may block: below the Redis client's socket timeout
MOST_IN_HAND = 1024  # claims beyond the slots, settled or not: a queue that takes no outcomes gets no more claims


@dataclass(frozen=True, slots=True)
class Terms:
    """What a worker asks for; `safe_seconds` after a claim was sent its task must be over or the lease renewed."""

    worker_id: str
    queues: Sequence[str]
    safe_seconds: float
    burst: bool
    weights: Mapping[str, int] | None = None
    """How often each queue is asked first; None: always in their order."""


class Claimer:
    """Keeps the slots fed until told to stop, or in a burst until nothing is left to come."""

    def __init__(
        self,
        queue: Queue,
        terms: Terms,
        *,
        slots: Slots,
        settler: Settler,
        hand: Hand,
        appetite: Appetite,
        outage: Outage,
        changed: Nudge,
        clock: Clock = monotonic,
    ) -> None:
        self._queue = queue
        self._terms = terms
        self._slots = slots
        self._settler = settler
        self._hand = hand
        self._appetite = appetite
        self._outage = outage
        self._changed = changed
        self._clock = clock
        self._stopped = False
        self._quiet = False
        self._nap = Nap()
        self._rota = Rota(terms.queues, terms.weights)

    def stop(self) -> None:
        """Claim nothing more; a claim under way is given back when it arrives."""
        self._stopped = True
        self._changed.give()
        self._nap.end()

    def quiet(self, *, on: bool) -> None:
        """Claim nothing for the time being; what is in hand goes on."""
        self._quiet = on
        self._changed.give()
        self._nap.end()

    async def run(self) -> None:
        """Claim until stopped, or until a burst is done; rides out the queue's absences."""
        while not self._stopped:
            limit = self._limit()
            if limit == 0:
                await self._changed.wait()
                continue
            try:
                done = await self._claim(limit)
            except QueueUnavailable as error:
                await self._sleep(partial(asyncio.sleep, self._outage.failed("claims", error)))
            else:
                self._outage.answered("claims")
                if done:
                    return

    def _limit(self) -> int:
        """Return how many tasks to ask for: the free slots, and the next batch while one is being worked on."""
        slots, ahead = self._slots, self._appetite.ahead()
        if self._quiet:
            return 0
        if len(self._hand) >= slots.concurrency + MOST_IN_HAND:
            return 0
        if slots.free > 0:
            return max(slots.free, ahead)
        return ahead if slots.waiting <= ahead else 0

    async def _claim(self, limit: int) -> bool:
        """Claim once and pass on what came, or wait; True where a burst is done."""
        sent, in_hand = self._clock(), len(self._hand)
        grant = await self._queue.claim(self._terms.worker_id, self._rota.next(), limit)
        if grant.claims:
            failpoint("worker.after_claim")
            await self._take(grant, sent)
        elif self._terms.burst and in_hand == 0 and grant.retry_in is None:
            return True
        elif self._slots.free <= 0:
            if not self._stopped:
                await self._changed.wait()  # a wake-up call is for one sleeper: for one who can start a task
        else:
            seconds = LONGEST_WAIT if grant.retry_in is None else min(grant.retry_in, LONGEST_WAIT)
            waits = [partial(self._queue.wait, self._terms.queues, seconds)]
            if self._terms.burst:
                waits.append(partial(self._fewer_in_hand, in_hand))
            await self._sleep(*waits)
        return False

    async def _fewer_in_hand(self, than: int) -> None:
        """Wait until a task ends: in a burst it may be the last."""
        while len(self._hand) >= than:
            await self._changed.wait()

    async def _take(self, grant: Grant, sent: float) -> None:
        deadline, now = sent + self._terms.safe_seconds, self._clock()
        helds = [Held(claim, deadline, now) for claim in grant.claims]
        for held in helds:
            self._hand.take(held)
        if self._stopped or now >= deadline:
            self._settler.give_back(helds)
            return
        suspect = next((held for held in helds if suspicious(held.claim)), None)
        if suspect is None:
            self._slots.feed(helds)
        else:
            self._settler.give_back([held for held in helds if held is not suspect])
            await self._run_alone(suspect)

    async def _run_alone(self, suspect: Held) -> None:
        """Let nothing else be in hand while a suspect runs, within reason; see suspects.py."""
        await self._until(lambda: len(self._hand) == 1, COMPANY_SECONDS)
        if self._stopped:
            self._settler.give_back([suspect])
            return
        self._slots.feed([suspect])
        await self._until(lambda: not len(self._hand), SOLITARY_SECONDS)

    async def _until(self, condition: Callable[[], bool], seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not (condition() or self._stopped):
                    await self._changed.wait()
        except TimeoutError:
            return

    async def _sleep(self, *waits: Wait) -> None:
        if not self._stopped:
            await self._nap.take(*waits)
