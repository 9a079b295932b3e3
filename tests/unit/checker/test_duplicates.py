"""Runs beyond the first, each with what accounts for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.checker import REDIS, Duplicate, Fault, FaultKind, Outcome, Verdict, check
from tests.fixtures.histories import AGAIN, EXPIRED, KILLED, broken, end_of, fault, repeated, run


@pytest.mark.parametrize("outcome", [Outcome.RETRYING, Outcome.RELEASED])
def test_a_run_that_the_queue_ordered_is_no_duplicate(outcome: Outcome) -> None:
    """A retry after a failure, a task given back at shutdown."""
    report = check(repeated(run("a", 1, 2, outcome), AGAIN))
    assert (report.duplicates, report.verdict) == ((), Verdict.VALID)


def test_a_retry_that_began_before_the_failure_is_a_duplicate() -> None:
    """Two workers had it at once, whatever was ordered afterwards."""
    report = check(repeated(run("a", 1, 12, Outcome.RETRYING), AGAIN))
    assert report.duplicated_unexplained == (Duplicate("a", 11_500, None),)


def test_without_a_cause_it_is_unexplained_and_a_broken_promise() -> None:
    """Nothing happened to the first worker, and a second one was given its task."""
    report = check(repeated(KILLED, AGAIN))
    assert report.duplicated_unexplained == (Duplicate("a", 11_500, None),)
    assert report.duplicated_explained == ()
    assert broken(report) == {"duplicated without a cause"}


def test_without_leases_it_is_reported_and_not_judged() -> None:
    """At least once is all that such a queue promises."""
    history = repeated(KILLED, AGAIN)
    history.lease_seconds = None
    report = check(history)
    assert (len(report.duplicated_unexplained), report.verdict) == (1, Verdict.VALID)


@pytest.mark.parametrize(
    ("happened", "cause"),
    [
        (fault(FaultKind.KILL, "w1", 3), "kill"),
        (fault(FaultKind.PAUSE, "w1", 3, 20), "pause"),
        (fault(FaultKind.PARTITION, "w1", 3, 20), "partition"),
        (fault(FaultKind.PARTITION, REDIS, 3, 20), "partition"),
        (fault(FaultKind.PAUSE, REDIS, 3, 20), "pause"),
        (fault(FaultKind.WIPE, REDIS, 3), "wipe"),
        (fault(FaultKind.REWIND, REDIS, 3, 4), "rewind"),
        (fault(FaultKind.KILL, REDIS, 3), "kill"),
    ],
    ids=lambda value: f"{value.kind}-of-{value.target}" if isinstance(value, Fault) else "",
)
def test_a_fault_that_cut_the_first_run_short_explains_it(happened: Fault, cause: str) -> None:
    """A logged fault between the first run's start and the second's."""
    report = check(repeated(KILLED, AGAIN, happened))
    assert report.duplicated_explained == (Duplicate("a", 11_500, cause),)
    assert report.causes == {cause: 1}
    assert report.verdict is Verdict.VALID


@pytest.mark.parametrize(
    "happened",
    [
        fault(FaultKind.KILL, "w2", 3),
        fault(FaultKind.KILL, "w1", 0.5),
        fault(FaultKind.PAUSE, "w1", 12, 20),
        fault(FaultKind.CLOCK, "w1", 3),
        fault(FaultKind.KILL, "api", 3),
    ],
    ids=["another worker", "before it began", "after it began again", "a harmless kind", "another part"],
)
def test_a_fault_elsewhere_explains_nothing(happened: Fault) -> None:
    """Something is always broken in a soak; it has to be the right thing."""
    report = check(repeated(KILLED, AGAIN, happened))
    assert len(report.duplicated_unexplained) == 1


def test_a_lease_that_ended_explains_it() -> None:
    """A worker that was silent too long, for whatever reason."""
    report = check(repeated(EXPIRED, AGAIN))
    assert report.duplicated_explained == (Duplicate("a", 11_500, "lease end"),)


def test_a_lease_that_had_not_ended_yet_does_not() -> None:
    """A task handed out under somebody's running lease."""
    report = check(repeated(run("a", 1, 11.6, Outcome.EXPIRED), AGAIN))
    assert len(report.duplicated_unexplained) == 1


def test_a_finished_task_may_run_again_only_where_redis_forgot_its_end() -> None:
    """Its worker's death changes nothing about a task that is over."""
    done = run("a", 1, 5, Outcome.SUCCEEDED)
    for happened, explained in [
        (fault(FaultKind.KILL, "w1", 4.9), False),
        (fault(FaultKind.REWIND, REDIS, 4.5, 6), True),
        (fault(FaultKind.REWIND, REDIS, 8.5, 9), False),
        (fault(FaultKind.KILL, REDIS, 6.5), True),
        (fault(FaultKind.KILL, REDIS, 9), False),
    ]:
        history = repeated(done, AGAIN, happened)
        history.ends = [end_of(done)]
        assert bool(check(history).duplicated_explained) is explained, happened


def test_each_repetition_is_judged_by_itself() -> None:
    """Three runs: the first repetition has a cause, the second has none."""
    unheard_of = replace(AGAIN, ended_at=None, outcome=None)
    history = repeated(KILLED, run("a", 13, 14, Outcome.SUCCEEDED, worker="w3"), fault(FaultKind.KILL, "w1", 3))
    history.runs.append(unheard_of)
    report = check(history)
    assert [duplicate.cause for duplicate in report.duplicates] == ["kill", None]
