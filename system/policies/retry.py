"""What becomes of a task after an attempt: done, once more, or dead."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from system.policies.backoff import delay
from system.tasks.handlers import Retry
from system.tasks.outcome import Bury, Decision, Failed, RetryIn, Succeed, Succeeded
from system.tasks.task import Task

LONGEST_PAUSE = 30 * 24 * 3600.0  # seconds; a handler that asks for more gets this


def decide(task: Task, outcome: Succeeded | Failed, retry: Retry, random: Random) -> Decision:
    """Decide by the outcome, the failures so far and the attempts the task is allowed.

    `retry` (the handler's) says how long to pause; how often is the task's own `max_attempts`.
    """
    if isinstance(outcome, Succeeded):
        return Succeed(outcome.result)
    failures = task.failures + 1
    if not outcome.retryable or failures >= task.max_attempts:
        return Bury(outcome.error, outcome.reason)
    pause = _pause(outcome, failures, retry, random)
    return RetryIn(pause, replace(task, failures=failures), outcome.error, retry.budget)


def worth_retrying(retry: Retry, error: type[BaseException]) -> bool:
    """Whether a handler's policy wants another attempt after an error of this class."""
    return issubclass(error, retry.on) and not issubclass(error, retry.not_on)


def _pause(failed: Failed, failures: int, retry: Retry, random: Random) -> float:
    if failed.retry_after is None:
        return delay(retry, failures, random)
    return min(max(0.0, failed.retry_after), LONGEST_PAUSE)
