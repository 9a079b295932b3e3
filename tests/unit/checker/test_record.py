"""One terminal state a task, under its newest token."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.checker import REDIS, End, FaultKind, Outcome, Refusal, Verdict, check
from tests.fixtures.histories import AGAIN, EXPIRED, broken, end_of, fault, good, repeated, run


def test_a_second_terminal_state_is_found() -> None:
    """Succeeded and dead at once."""
    history = good()
    history.ends = [*(history.ends or ()), End(task_id="a", state="dead", at=3000)]
    report = check(history)
    assert report.several_terminal_states == ("a",)
    assert broken(report) == {"several terminal states"}


def test_the_same_end_told_twice_is_a_second_one() -> None:
    """A result must be recorded once."""
    history = good()
    history.ends = (history.ends or []) * 2
    assert check(history).several_terminal_states == ("a",)


def test_a_redis_that_forgot_the_first_end_is_an_excuse() -> None:
    """A rewound Redis hands the task out again and believes the second end as well."""
    first, second = run("a", 1, 2, Outcome.SUCCEEDED), run("a", 5, 6, Outcome.SUCCEEDED)
    history = repeated(first, second, fault(FaultKind.REWIND, REDIS, 1.5, 3))
    history.ends = [end_of(first), end_of(second)]
    assert check(history).verdict is Verdict.VALID
    history.faults = [fault(FaultKind.REWIND, REDIS, 5.2, 5.4)]
    assert broken(check(history)) == {
        "several terminal states",
        "result under an old token",
        "duplicated without a cause",
    }


def test_a_result_of_a_worker_whose_task_was_given_to_another_is_found() -> None:
    """The paused worker came back, and its finish was not refused."""
    first = run("a", 1, 14, Outcome.SUCCEEDED, worker="w1")
    second = run("a", 12, None, None, worker="w2")
    history = repeated(first, replace(second, ended_at=13_000), fault(FaultKind.PAUSE, "w1", 2, 13.5))
    history.ends = [end_of(first)]
    report = check(history)
    assert report.result_under_old_token == ("a",)
    assert "result under an old token" in broken(report)


def test_a_result_is_old_even_if_its_run_is_dated_before_the_newer_one() -> None:
    """A run's end is dated by its worker, its finish may reach the queue much later."""
    first = run("a", 1, 11.9, Outcome.SUCCEEDED, worker="w1")
    second = run("a", 12, 13, Outcome.CANCELLED, worker="w2")
    history = repeated(first, second, fault(FaultKind.PAUSE, "w1", 2, 13.5))
    history.ends = [end_of(first)]
    assert check(history).result_under_old_token == ("a",)


def test_a_result_under_the_newest_token_is_right() -> None:
    """The takeover's result counts, the earlier run's never came."""
    report = check(repeated(EXPIRED, AGAIN))
    assert report.result_under_old_token == ()


def test_refused_late_finishes_are_counted() -> None:
    """They are the fence at work: reported, never held against the queue."""
    history = repeated(EXPIRED, AGAIN)
    assert check(history).refused_late == 0
    history.refusals = [Refusal(task_id="a", token=EXPIRED.token or "", at=13_000)]
    report = check(history)
    assert (report.refused_late, report.verdict) == (1, Verdict.VALID)


def test_what_stays_in_redis_is_found() -> None:
    """Rubbish that grows is a slow way to lose."""
    history = good()
    history.leftovers = ["a"]
    report = check(history)
    assert report.left_in_redis == ("a",)
    assert broken(report) == {"left in Redis"}
