"""How an attempt ended, and what is decided about its task."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from system.tasks.handlers import RetryBudget
from system.tasks.task import Claim, Task

MAX_ERROR_CHARACTERS = 4_000
MAX_RESULT_BYTES = 1_048_576


class Reason(StrEnum):
    """What a task died of."""

    MAX_ATTEMPTS = "max_attempts"  # it failed as often as it may
    NON_RETRYABLE = "non_retryable"  # its handler said so, or its policy names other errors
    TIMEOUT = "timeout"  # its last attempt ran out of time
    POISON = "poison"  # delivered too often and never finished
    UNKNOWN_TYPE = "unknown_type"  # the worker of its last attempt had no handler for it
    INVALID_PAYLOAD = "invalid_payload"  # its arguments don't fit the handler
    INVALID_RESULT = "invalid_result"  # what the handler returned can't be stored


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The handler returned; `result` is what it returned, as JSON text."""

    result: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The handler raised, ran out of time, or returned what can't be stored."""

    error: str
    retryable: bool = True
    retry_after: float | None = None
    """Seconds the handler itself asked to wait."""
    reason: Reason = Reason.MAX_ATTEMPTS
    """What the task dies of, if this was its last attempt."""
    against_breaker: bool = False
    """Whether it is a failure of the dependency that the handler's breaker guards."""


@dataclass(frozen=True, slots=True)
class Deferred:
    """The attempt did not take place (shutdown, open breaker): no attempt is burned."""

    seconds: float = 0.0


Outcome = Succeeded | Failed | Deferred


@dataclass(frozen=True, slots=True)
class Succeed:
    """Decision: the task is done."""

    result: str


@dataclass(frozen=True, slots=True)
class RetryIn:
    """Decision: run again after `seconds`, and not before the budget allows, as `task` (its failures counted)."""

    seconds: float
    task: Task
    error: str
    budget: RetryBudget | None = None


@dataclass(frozen=True, slots=True)
class Bury:
    """Decision: no further attempt; the task goes to the dead letters."""

    error: str
    reason: Reason = Reason.MAX_ATTEMPTS


Decision = Succeed | RetryIn | Bury


@dataclass(frozen=True, slots=True)
class Settlement:
    """One claim's decision on its way back to the queue.

    Start and end are given as milliseconds before the settlement is sent, so that only the clock of the queue's
    server dates an event and a worker's wrong clock does no harm.
    """

    claim: Claim
    decision: Decision
    started_ms_ago: float
    ended_ms_ago: float
