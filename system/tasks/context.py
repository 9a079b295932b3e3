"""What a running handler may ask and say of itself: which task it works on, the how-manieth attempt, how far it is."""

from __future__ import annotations

from collections.abc import Callable
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


@dataclass(frozen=True, slots=True)
class Report:
    """How far one attempt says it is."""

    queue: str
    task_id: str
    token: str
    delivery: int
    done: float | None
    """From 0 to 1."""
    text: str | None


MAX_TEXT = 200  # characters of a report's text

CLAIM: ContextVar[Claim] = ContextVar("claim")
"""Set by the worker around each handler, in whichever thread or process that runs."""


REPORTER: ContextVar[Callable[[Report], None]] = ContextVar("reporter")
"""Takes the reports; set by the worker where handlers run."""


def progress(done: float | None = None, text: str | None = None) -> None:
    """Say how far this attempt is: a share from 0 to 1, a few words, or both.

    Call it as often as you like: the newest word is sent about once a second. Outside of a worker it does nothing, so
    that a handler can be tried as a plain function. Raises ValueError for a share that is none.
    """
    if done is not None and not 0 <= done <= 1:
        message = f"done is a share from 0 to 1, not {done}"
        raise ValueError(message)
    reporter, claim = REPORTER.get(None), CLAIM.get(None)
    if reporter is not None and claim is not None:
        words = None if text is None else str(text)[:MAX_TEXT]
        reporter(Report(claim.task.queue, claim.task.id, claim.token, claim.delivery, done, words))


def current() -> Attempt:
    """Return the attempt this handler runs in; raises LookupError outside of a handler."""
    claim = CLAIM.get()
    return Attempt(claim.task.id, claim.task.failures + 1, claim.delivery)
