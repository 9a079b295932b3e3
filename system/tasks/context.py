"""What a running handler may ask about itself: which task it works on, and the how-manieth attempt this is."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

from system.tasks.task import Claim


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run of one task."""

    task_id: str
    number: int
    """1 for the first attempt; being killed or given back does not count."""
    delivery: int
    """1 when the task was handed out for the first time; higher than `number` when a worker died over it."""


CLAIM: ContextVar[Claim] = ContextVar("claim")
"""Set by the worker around each handler, in whichever thread or process that runs."""


def current() -> Attempt:
    """Return the attempt this handler runs in; raises LookupError outside of a handler."""
    claim = CLAIM.get()
    return Attempt(claim.task.id, claim.task.failures + 1, claim.delivery)
