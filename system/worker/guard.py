"""Circuit breakers as one worker sees them: a local look at what all workers know, and what happened here told to all.

A task whose type names no breaker never comes here. One that does is let through, or put off, by what this worker
heard last; only where that is older than a second, or the next probe is due, does it ask first. What ended is counted
here and told four times a second. Where the queue does not answer, tasks go: the guard protects a dependency, and is
none itself.
"""

from __future__ import annotations

import asyncio
from random import Random
from time import monotonic
from typing import Any

from system.policies.breaker import News
from system.queues.breakers import Breakers
from system.tasks.breaker import Breaker
from system.tasks.errors import QueueUnavailable
from system.tasks.outcome import Deferred, Failed, Reason, Succeeded
from system.worker.attempt import attempt
from system.worker.clock import Clock
from system.worker.held import Held, Stop
from system.worker.nudge import Nudge
from system.worker.outage import Outage
from system.worker.runner import Runner
from system.worker.sight import Sight

TELL_SECONDS = 0.25
GOODBYE_SECONDS = 0.5


class Guard:
    """Stands before the handlers that depend on something that may be down."""

    def __init__(self, breakers: Breakers, *, outage: Outage, random: Random, clock: Clock = monotonic) -> None:
        self._breakers = breakers
        self._outage = outage
        self._random = random
        self._clock = clock
        self._sights: dict[str, Sight] = {}
        self._news = Nudge()

    async def attempt(self, held: Held, runner: Runner, slot: asyncio.Task[Any]) -> Succeeded | Failed | Deferred:
        """Do what attempt.attempt does, if the handler's breaker lets it; else say for how long to put the task off."""
        sight = self._sight(runner)
        probe = ""
        if not sight.clear(self._clock()):
            answer = await self._ask(sight, f"{held.claim.task.id}/{held.claim.token}")
            if isinstance(answer, Deferred):
                return answer
            probe = answer
        outcome: Succeeded | Failed | None = None
        try:
            if held.stopped is not None:  # while it was asking
                return Deferred()
            outcome = await attempt(held, runner, slot)
        finally:
            sight.ended(_what(outcome, held, sight.breaker), probe)
            self._news.give()
        return outcome

    async def run(self) -> None:
        """Tell what happened until cancelled."""
        while True:
            if not any(sight.has_news for sight in self._sights.values()):
                await self._news.wait()
            try:
                await self._tell()
            except QueueUnavailable as error:
                await asyncio.sleep(self._outage.failed("breakers", error))
            else:
                self._outage.answered("breakers")
                await asyncio.sleep(TELL_SECONDS)

    async def say_goodbye(self) -> None:
        """Tell the rest; a probe that nobody speaks for would hold up the others for a while."""
        try:
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self._tell()
        except (QueueUnavailable, TimeoutError):
            return

    def _sight(self, runner: Runner) -> Sight:
        breaker = runner.handler.breaker
        if breaker is None:
            message = f"{runner.handler.name} names no breaker"
            raise ValueError(message)
        sight = self._sights.get(breaker.name)
        if sight is None or sight.breaker != breaker:
            sight = self._sights[breaker.name] = Sight(breaker)
        return sight

    async def _ask(self, sight: Sight, probe: str) -> str | Deferred:
        """Return the probe that this task is, or "" where it goes like any other, or for how long to put it off."""
        async with sight.asking:  # one asks, and those behind it find the answer
            pause = sight.pause(self._clock())
            if pause is None:
                try:
                    if await self._exchange([sight], ask=probe):
                        return probe
                except QueueUnavailable:
                    return ""
                pause = sight.pause(self._clock()) or 0.0
            if sight.clear(self._clock()):
                return ""
        return Deferred(pause + self._random.uniform(0, sight.breaker.pause))

    async def _tell(self) -> None:
        sights = [sight for sight in self._sights.values() if sight.has_news]
        if sights:
            await self._exchange(sights)

    async def _exchange(self, sights: list[Sight], *, ask: str = "") -> bool:
        """Tell all news of some breakers, and ask for a probe of the last; whether it is granted."""
        told = [(sight, said) for sight in sights for said in sight.take_news()]
        asked = [(sights[-1], sights[-1].said(News.ASK, ask))] if ask else []
        try:
            verdicts = await self._breakers.tell([said for _, said in told + asked])
        except BaseException:
            for sight, said in reversed(told):
                sight.untold(said)
            raise
        now = self._clock()
        for (sight, _), verdict in zip(told + asked, verdicts, strict=True):
            sight.heard(verdict, now)
        granted = bool(ask) and verdicts[-1].granted
        if granted:
            sights[-1].probe = ask
        return granted


def _what(outcome: Succeeded | Failed | None, held: Held, breaker: Breaker) -> News:
    """Say what an attempt says of the dependency."""
    if outcome is None or held.stopped not in {None, Stop.TIMEOUT}:
        return News.DROPPED
    if isinstance(outcome, Succeeded):
        return News.SUCCEEDED
    late = outcome.reason is Reason.TIMEOUT and breaker.counts(TimeoutError)
    return News.FAILED if outcome.against_breaker or late else News.DROPPED
