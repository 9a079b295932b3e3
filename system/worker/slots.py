"""The slots: long-lived coroutines, one for each task that may run at once, fed from one buffer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from random import Random
from time import monotonic
from typing import Any

from system.policies.retry import decide
from system.tasks.handlers import Retry
from system.tasks.outcome import Decision, Deferred, Failed, Outcome, Reason
from system.telemetry.failpoints import failpoint
from system.worker.appetite import Appetite
from system.worker.attempt import attempt
from system.worker.clock import Clock
from system.worker.guard import Guard
from system.worker.held import Held, Stop
from system.worker.nudge import Nudge
from system.worker.runner import Runners
from system.worker.settle import Settler

LONGEST_STRETCH = 0.01  # seconds a slot goes from task to task before it lets the event loop turn
UNKNOWN = Retry(base=5.0, cap=60.0, jitter="equal")
"""For task types this worker does not know: a roll-out of newer workers takes a while, but not for ever."""


class Slots:
    """Runs tasks from the buffer, `concurrency` at once."""

    def __init__(
        self,
        concurrency: int,
        *,
        runners: Runners,
        settler: Settler,
        guard: Guard,
        appetite: Appetite,
        changed: Nudge,
        random: Random,
        clock: Clock = monotonic,
    ) -> None:
        self.concurrency = concurrency
        self.running = 0
        self._runners = runners
        self._settler = settler
        self._guard = guard
        self._appetite = appetite
        self._changed = changed
        self._random = random
        self._clock = clock
        self._buffer: deque[Held] = deque()
        self._fed = Nudge()
        self._ended = 0
        self._pace_from = 0.0

    @property
    def waiting(self) -> int:
        """Claims in the buffer."""
        return len(self._buffer)

    @property
    def free(self) -> int:
        """Slots that neither run a task nor are about to; below 0 where claims wait."""
        return self.concurrency - self.running - len(self._buffer)

    @property
    def idle(self) -> bool:
        """Whether nothing runs and nothing waits."""
        return not self.running and not self._buffer

    def feed(self, helds: Sequence[Held]) -> None:
        """Put claims in the buffer and wake as many slots."""
        now = self._clock()
        if self.idle:
            self._pace_from = now
        else:
            self._note_pace(now)
        self._buffer.extend(helds)
        self._fed.give(len(helds))

    def take_back(self) -> list[Held]:
        """Empty the buffer."""
        helds = list(self._buffer)
        self._buffer.clear()
        return helds

    def take_stale(self, since: float) -> list[Held]:
        """Empty the buffer if its oldest claim came before `since` while every slot is at work: others may be free."""
        if self.running < self.concurrency or not self._buffer or self._buffer[0].since > since:
            return []
        self._appetite.forget()
        return self.take_back()

    async def work(self) -> None:
        """Be one slot, until cancelled."""
        slot = asyncio.current_task()
        if slot is None:
            message = "a slot is a task of an event loop"
            raise RuntimeError(message)
        clock = self._clock
        resumed = clock()
        while True:
            now = clock()
            if not self._buffer:
                await self._fed.wait()
                resumed = clock()
            elif now - resumed > LONGEST_STRETCH:
                await asyncio.sleep(0)
                resumed = clock()
            else:
                await self._run(self._buffer.popleft(), slot, now)
                self._changed.give()

    async def _run(self, held: Held, slot: asyncio.Task[Any], started: float) -> None:
        if held.stopped is not None:
            self._settler.drop(held)
        elif held.deadline <= started:
            self._settler.give_back([held])
        else:
            failpoint("worker.before_run")
            outcome, retry = await self._attempt(held, slot)
            if isinstance(outcome, Deferred):
                self._put_off(held, outcome)
                return
            failpoint("worker.after_run")
            self._ended += 1
            self._conclude(held, decide(held.claim.task, outcome, retry, self._random), started, self._clock())

    async def _attempt(self, held: Held, slot: asyncio.Task[Any]) -> tuple[Outcome, Retry]:
        name = held.claim.task.type
        runner = self._runners.find(name)
        if runner is None:
            message = f"no handler for task type {name!r} on this worker"
            return Failed(message, reason=Reason.UNKNOWN_TYPE), UNKNOWN
        self.running += 1
        try:
            run = attempt if runner.handler.breaker is None else self._guard.attempt
            return await run(held, runner, slot), runner.handler.retry
        finally:
            self.running -= 1

    def _put_off(self, held: Held, outcome: Deferred) -> None:
        """Give back what did not run; it is neither done nor failed."""
        if held.stopped is Stop.LOST:
            self._settler.drop(held)
        else:
            self._settler.give_back([held], outcome.seconds)

    def _conclude(self, held: Held, decision: Decision, started: float, ended: float) -> None:
        if self.idle:
            self._note_pace(ended)
        if held.stopped is Stop.LOST:
            self._settler.drop(held)
        elif held.stopped is Stop.RELEASE:
            self._settler.give_back([held])
        else:
            self._settler.settle(held, decision, started, ended)

    def _note_pace(self, now: float) -> None:
        self._appetite.learn(self._ended, now - self._pace_from)
        self._pace_from, self._ended = now, 0
