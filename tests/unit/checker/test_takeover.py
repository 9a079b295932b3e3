"""How soon the task of a dead worker runs on."""

from __future__ import annotations

from benchmarks.checker import REDIS, Fault, FaultKind, Outcome, Report, Verdict, check
from tests.fixtures.histories import AGAIN, EXPIRED, KILL, broken, fault, repeated, run


def takeover_at(start: float, *more: Fault) -> Report:
    """Kill the first worker at 3 s and let the second one begin at `start`."""
    killed = run("a", 1, None, None, worker="w1")
    again = run("a", start, start + 1, Outcome.SUCCEEDED, worker="w2")
    return check(repeated(killed, again, KILL, *more))


def test_it_is_measured_from_the_kill_to_the_next_start() -> None:
    """In seconds, one figure a takeover."""
    assert takeover_at(11).takeover_seconds == (8.0,)


def test_up_to_a_second_after_the_lease_it_is_in_time() -> None:
    """The promise: lease + 1 s."""
    report = takeover_at(14)
    assert (report.takeover_seconds, report.late_takeovers, report.verdict) == ((11.0,), (), Verdict.VALID)


def test_later_is_a_broken_promise() -> None:
    """Nobody healed the queue."""
    report = takeover_at(14.1)
    assert report.late_takeovers == ("a",)
    assert broken(report) == {"taken over late"}


def test_later_is_excused_while_something_else_was_broken() -> None:
    """No one can take over from a Redis that is away; another process's kill is no such excuse."""
    assert takeover_at(30, fault(FaultKind.PAUSE, REDIS, 5, 25)).late_takeovers == ()
    assert takeover_at(30, fault(FaultKind.LOCK, "sql", 5, 25)).late_takeovers == ()
    assert takeover_at(30, fault(FaultKind.WIPE, REDIS, 2)).late_takeovers == (), "there was no lease left to end"
    assert takeover_at(30, fault(FaultKind.PAUSE, "w2", 31, 35)).late_takeovers == ("a",)
    assert takeover_at(30, fault(FaultKind.KILL, "w3", 5)).late_takeovers == ("a",)


def test_a_task_that_was_free_in_time_may_wait_its_turn() -> None:
    """A busy system takes the most urgent first; what was promised is the end of the lease."""
    history = repeated(EXPIRED, run("a", 60, 61, Outcome.SUCCEEDED, worker="w2"), KILL)
    report = check(history)
    assert (report.takeover_seconds, report.late_takeovers) == ((57.0,), ())
    late = run("a", 1, 14.1, Outcome.EXPIRED, worker="w1")
    report = check(repeated(late, run("a", 14.2, 15, Outcome.SUCCEEDED, worker="w2"), KILL))
    assert broken(report) == {"taken over late"}


def test_without_a_logged_kill_it_is_measured_from_the_leases_end() -> None:
    """Whatever made the worker silent."""
    report = check(repeated(EXPIRED, AGAIN))
    assert report.takeover_seconds == (0.5,)


def test_a_run_that_was_over_before_the_kill_needs_no_takeover() -> None:
    """It had failed and was to be retried anyway."""
    failed = run("a", 1, 2, Outcome.RETRYING, worker="w1")
    report = check(repeated(failed, run("a", 30, 31, Outcome.SUCCEEDED, worker="w2"), KILL))
    assert (report.takeovers, report.verdict) == ((), Verdict.VALID)


def test_without_leases_nothing_is_late() -> None:
    """A queue that promises no takeover is only measured."""
    killed = run("a", 1, None, None, worker="w1")
    history = repeated(killed, run("a", 400, 401, Outcome.SUCCEEDED, worker="w2"), KILL)
    history.lease_seconds = None
    report = check(history)
    assert (report.takeover_seconds, report.late_takeovers) == ((397.0,), ())
