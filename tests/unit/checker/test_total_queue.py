"""Attempted, acknowledged, ok, lost, unexpected, recovered."""

from __future__ import annotations

import pytest

from benchmarks.checker import Answer, End, Outcome, Verdict, check
from tests.fixtures.histories import broken, end_of, good, operation, run


def test_a_task_that_ran_once_and_is_over_is_fine() -> None:
    """The plain case: everything is counted, nothing is wrong."""
    report = check(good())
    assert (report.attempted, report.acknowledged, report.ok) == (1, 1, 1)
    assert report.lost == report.unexpected == report.recovered == report.duplicates == ()
    assert (report.verdict, report.exit_code, report.because) == (Verdict.VALID, 0, ())


def test_attempted_counts_tasks_and_not_tries() -> None:
    """A retry with the same key is the same task; a refused one was attempted too."""
    history = good()
    history.operations = [operation("a", Answer.UNKNOWN), operation("a"), operation("b", Answer.REFUSED)]
    report = check(history)
    assert (report.attempted, report.acknowledged) == (2, 1)
    assert report.verdict is Verdict.VALID


def test_an_acknowledged_task_that_never_ran_is_lost() -> None:
    """The worst that can happen."""
    history = good()
    history.operations.append(operation("b"))
    report = check(history)
    assert report.lost == ("b",)
    assert broken(report) == {"lost"}
    assert (report.verdict, report.exit_code) == (Verdict.INVALID, 1)


def test_an_acknowledged_task_that_began_and_has_no_end_is_lost() -> None:
    """That a worker had it is no excuse."""
    history = good()
    history.operations.append(operation("b"))
    history.runs.append(run("b", 1, None, None))
    assert check(history).lost == ("b",)


def test_a_run_that_says_it_ended_is_no_end_where_a_record_is_kept() -> None:
    """What the record does not hold is lost to whoever waits for it."""
    history = good()
    history.ends = []
    assert check(history).lost == ("a",)


def test_without_a_record_a_run_that_returned_is_an_end() -> None:
    """Peers keep none that is read here; their task bodies' journal has to do."""
    history = good()
    history.ends = None
    history.runs = [run("a", 1, 2, Outcome.RETURNED)]
    assert check(history).verdict is Verdict.VALID
    history.runs = [run("a", 1, None, None)]
    assert check(history).lost == ("a",)


@pytest.mark.parametrize("state", ["dead", "cancelled"])
def test_dead_and_cancelled_are_ends_too(state: str) -> None:
    """Lost is what nobody can tell anything about."""
    history = good()
    history.runs = []
    history.ends = [End(task_id="a", state=state, at=2000)]
    assert check(history).verdict is Verdict.VALID


def test_a_run_of_a_task_nobody_submitted_is_unexpected() -> None:
    """An alien task must have come from somewhere: a corrupted id, another system."""
    history = good()
    history.runs.append(run("x", 1, 2, Outcome.SUCCEEDED))
    report = check(history)
    assert report.unexpected == ("x",)
    assert broken(report) == {"unexpected"}


def test_a_task_that_was_refused_and_runs_is_unexpected() -> None:
    """No means no: nothing may be stored of a refused task."""
    history = good()
    history.operations = [operation("a", Answer.REFUSED)]
    assert check(history).unexpected == ("a",)


def test_a_task_without_an_answer_that_ran_is_recovered() -> None:
    """The client does not know; the system kept it all the same, which is allowed."""
    history = good()
    history.operations += [operation("b", Answer.UNKNOWN), operation("c", Answer.UNKNOWN)]
    second = run("b", 1, 2, Outcome.SUCCEEDED)
    history.runs.append(second)
    history.ends = [*(history.ends or ()), end_of(second)]
    report = check(history)
    assert report.recovered == ("b",)
    assert (report.ok, report.lost, report.verdict) == (2, (), Verdict.VALID)


def test_a_task_is_found_by_the_key_it_was_sent_with() -> None:
    """A client without an answer knows no id; the record tells which task came with its key."""
    history = good()
    history.operations = [operation("key", Answer.UNKNOWN)]
    assert check(history).unexpected == ("a",)
    history.keys = {"a": "key"}
    assert (check(history).unexpected, check(history).recovered) == ((), ("a",))


def test_an_answer_with_an_id_counts_for_that_id() -> None:
    """An id that the record doesn't have under this key is a promise not kept."""
    history = good()
    history.keys = {"a": "key"}
    history.operations = [operation("key", task_id="a")]
    assert check(history).verdict is Verdict.VALID
    history.operations = [operation("key", task_id="b")]
    assert check(history).lost == ("b",)
