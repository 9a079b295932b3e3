"""What becomes of a task after an attempt."""

from __future__ import annotations

import math
from random import Random

import pytest

from system.policies.retry import LONGEST_PAUSE, decide
from system.tasks.handlers import Retry, RetryBudget
from system.tasks.outcome import Bury, Decision, Failed, RetryIn, Succeed, Succeeded
from system.tasks.task import Task
from tests.fixtures.tasks import new_task

EXACT = Retry(base=1.0, jitter="none")


def decided(task: Task, outcome: Succeeded | Failed) -> Decision:
    """Decide with a retry policy that leaves nothing to chance."""
    return decide(task, outcome, EXACT, Random(1))


def test_a_result_ends_the_task() -> None:
    """Success needs no second thought."""
    assert decided(new_task(), Succeeded("42")) == Succeed("42")


def test_a_failure_is_counted_and_tried_again() -> None:
    """The task that comes back knows of one failure more; the pause grows with them."""
    task = new_task(failures=2, max_attempts=5)
    decision = decided(task, Failed("boom"))
    assert decision == RetryIn(4.0, new_task(id=task.id, failures=3, max_attempts=5), "boom")


@pytest.mark.parametrize(("failures", "dead"), [(0, False), (3, False), (4, True), (9, True)])
def test_the_last_attempt_is_the_task_s_own_affair(failures: int, *, dead: bool) -> None:
    """`max_attempts` of the task counts, not that of the handler's policy."""
    decision = decided(new_task(failures=failures, max_attempts=5), Failed("boom"))
    assert isinstance(decision, Bury) is dead


def test_what_is_useless_is_not_tried_again() -> None:
    """A failure that is not retryable buries the task at its first attempt."""
    assert decided(new_task(max_attempts=5), Failed("no such user", retryable=False)) == Bury("no such user")


@pytest.mark.parametrize(
    ("asked", "pause"), [(30.0, 30.0), (0.0, 0.0), (-5.0, 0.0), (math.nan, 0.0), (math.inf, LONGEST_PAUSE)]
)
def test_a_handler_may_choose_the_pause(asked: float, pause: float) -> None:
    """RetryAfter goes before the policy, within reason."""
    decision = decided(new_task(), Failed("busy", retry_after=asked))
    assert isinstance(decision, RetryIn)
    assert decision.seconds == pause


def test_a_budget_travels_with_the_decision() -> None:
    """Whether there is a token left is for the queue to say, where all workers meet; the decision carries the terms."""
    budget = RetryBudget(per_second=1)
    decision = decide(new_task(), Failed("boom"), Retry(budget=budget), Random(1))
    assert isinstance(decision, RetryIn)
    assert decision.budget == budget
