"""The way back: outcomes and unrun claims go to the queue in batches, one call at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

import structlog

from system.queues.protocol import Queue
from system.tasks.errors import QueueUnavailable
from system.tasks.outcome import Decision, Settlement, Succeed
from system.telemetry.failpoints import failpoint
from system.worker.clock import Clock
from system.worker.counts import Counts
from system.worker.held import Hand, Held
from system.worker.nudge import Nudge
from system.worker.outage import Outage

log = structlog.get_logger("worker")

MOST = 500  # settlements in one call
MOST_CHARACTERS = 4_000_000  # of their results


@dataclass(slots=True)
class Ended:
    """A decision under way, with the times of its attempt by the worker's clock."""

    held: Held
    decision: Decision
    started: float
    ended: float


class Settler:
    """Collects while a call is under way; what has gathered goes with the next."""

    def __init__(
        self,
        queue: Queue,
        hand: Hand,
        *,
        counts: Counts,
        outage: Outage,
        changed: Nudge,
        margin: float,
        clock: Clock = monotonic,
    ) -> None:
        self._queue = queue
        self._hand = hand
        self._counts = counts
        self._outage = outage
        self._changed = changed
        self._margin = margin
        self._clock = clock
        self._ended: deque[Ended] = deque()
        self._returned: list[tuple[Held, float]] = []
        self._wake = Nudge()
        self._closed = False

    def settle(self, held: Held, decision: Decision, started: float, ended: float) -> None:
        """Send a decision."""
        self._ended.append(Ended(held, decision, started, ended))
        self._wake.give()

    def give_back(self, helds: Sequence[Held], seconds: float = 0.0) -> None:
        """Release claims that were not run to an end, for others or for later; no attempt is burned."""
        self._returned.extend((held, seconds) for held in helds)
        self._wake.give()

    def drop(self, held: Held) -> None:
        """Forget a claim whose lease is lost."""
        self._hand.drop([held])
        self._counts.lost += 1
        log.warning("lease_lost", task=held.claim.task.id, token=held.claim.token)

    def close(self) -> None:
        """Let `run` return once everything is sent."""
        self._closed = True
        self._wake.give()

    async def run(self) -> None:
        """Send until closed and done."""
        while True:
            if self._returned:
                await self._release()
            elif self._ended:
                await self._finish(self._next_batch())
            elif self._closed:
                return
            else:
                await self._wake.wait()
                continue
            self._changed.give()

    def _next_batch(self) -> list[Ended]:
        batch: list[Ended] = []
        characters = 0
        while self._ended and len(batch) < MOST and characters < MOST_CHARACTERS:
            ended = self._ended.popleft()
            batch.append(ended)
            if isinstance(ended.decision, Succeed):
                characters += len(ended.decision.result)
        return batch

    async def _finish(self, batch: list[Ended]) -> None:
        """Send one batch, again and again while the queue is away, until the leases are surely over."""
        resent = False
        while batch:
            try:
                answers = await self._queue.finish(_settlements(batch, self._clock()))
            except QueueUnavailable as error:
                await asyncio.sleep(self._outage.failed("outcomes", error))
                batch, resent = self._still_ours(batch), True
            else:
                failpoint("worker.after_finish")
                self._note(batch, answers, resent=resent)
                break
        self._outage.answered("outcomes")  # or there is nothing left to get an answer for

    def _still_ours(self, batch: list[Ended]) -> list[Ended]:
        over = self._clock() - self._margin  # a deadline lies the margin before the lease's end
        for ended in batch:
            if ended.held.deadline <= over:
                self.drop(ended.held)
        return [ended for ended in batch if ended.held.deadline > over]

    def _note(self, batch: list[Ended], answers: list[bool], *, resent: bool) -> None:
        counts = self._counts
        for ended, taken in zip(batch, answers, strict=True):
            if not taken:
                # After a lost answer it may well be this worker's own first try that settled the task.
                counts.refused += not resent
                log.warning(
                    "outcome_refused", task=ended.held.claim.task.id, token=ended.held.claim.token, resent=resent
                )
            elif isinstance(ended.decision, Succeed):
                counts.done += 1
            else:
                counts.failed += 1
        self._hand.drop([ended.held for ended in batch])

    async def _release(self) -> None:
        """Give claims back, with a second try for a stale connection; else they come back when their leases end."""
        returned, self._returned = self._returned, []
        claims, pauses = [held.claim for held, _ in returned], [seconds for _, seconds in returned]
        for _ in range(2):
            try:
                await self._queue.release(claims, pauses)
            except QueueUnavailable as error:
                await asyncio.sleep(self._outage.failed("releases", error))
            else:
                break
        else:
            log.warning("release_failed", claims=len(claims))
        self._outage.answered("releases")
        self._hand.drop(held for held, _ in returned)


def _settlements(batch: list[Ended], now: float) -> list[Settlement]:
    return [
        Settlement(e.held.claim, e.decision, int((now - e.started) * 1000), int((now - e.ended) * 1000)) for e in batch
    ]
