"""The task type that is simulated, and the journal of what its handler did when, in which worker."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass

from benchmarks.simulation.loops import Loop
from system.tasks.context import CLAIM, current
from system.tasks.errors import NonRetryable, RetryAfter
from system.tasks.handlers import Retry, task
from system.tasks.task import Claim

LATER_SECONDS = 0.2
LINGER_SECONDS = {"linger": 0.2, "cling": 1.5}


@dataclass(slots=True)
class Stint:
    """One time a handler ran; times are seconds of the world's clock."""

    claim: Claim
    worker: str
    began: float
    how: str
    """How it was to end."""
    ended: float | None = None
    returned: str | None = None

    @property
    def lingers(self) -> float:
        """For how many seconds it goes on after it is broken off."""
        return LINGER_SECONDS.get(self.how, 0.0)


JOURNAL: ContextVar[list[Stint]] = ContextVar("journal")
"""Where the handlers of the run that is being played write down what they do."""


@task("simulated", retry=Retry(base=0.1, cap=1.0))
async def simulated(attempts: list[tuple[float, str]]) -> object:
    """Take some time, then end in some way: `attempts` has both for the first attempt, the second, ….

    What it returns names the lease it ran under, so that nobody else's result can be taken for it.
    """
    seconds, how = attempts[min(current().number, len(attempts)) - 1]
    claim, loop = CLAIM.get(), asyncio.get_running_loop()
    if not isinstance(loop, Loop):
        message = "this task type runs in a simulation only"
        raise NonRetryable(message)
    stint = Stint(claim, loop.name, loop.time(), how)
    JOURNAL.get().append(stint)
    try:
        await _spend(seconds, how)
        stint.returned = claim.token
        return _end(how, claim.token)
    finally:
        stint.ended = loop.time()


async def _spend(seconds: float, how: str) -> None:
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        if how == "swallow":
            return
        await asyncio.sleep(LINGER_SECONDS.get(how, 0.0))
        raise


def _end(how: str, token: str) -> object:
    match how:
        case "raise":
            message = "as planned"
            raise RuntimeError(message)
        case "give up":
            message = "as planned"
            raise NonRetryable(message)
        case "later":
            raise RetryAfter(LATER_SECONDS)
        case "no json":
            return object()
        case _:
            return token
