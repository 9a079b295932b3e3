"""What follows from it all."""

from __future__ import annotations

from benchmarks.checker import FaultKind, History, Verdict, check
from tests.fixtures.histories import AGAIN, KILL, KILLED, fault, good, operation, repeated


def test_without_a_full_drain_nothing_is_known() -> None:
    """What has not ended yet may still end."""
    history = good()
    history.operations.append(operation("b"))
    history.leftovers = ["b"]
    history.drained = False
    report = check(history)
    assert (report.verdict, report.exit_code, report.lost) == (Verdict.UNKNOWN, 2, ("b",))
    assert report.because == ("the system did not come to rest",)


def test_what_is_wrong_already_is_wrong_before_the_drain() -> None:
    """An alien task does not become right by waiting."""
    history = good()
    history.operations = []
    history.drained = False
    assert check(history).verdict is Verdict.INVALID


def test_an_empty_history_proves_nothing() -> None:
    """A trial whose load never started must not count as passed."""
    report = check(History(drained=True))
    assert report.verdict is Verdict.UNKNOWN
    assert report.because == ("nothing was acknowledged, so nothing is proved",)


def test_the_bound_follows_the_rule_of_three() -> None:
    """No loss in N kills: a kill loses something with a probability below 3/N, at 95 %."""
    history = good()
    assert check(history).bound is None
    history.faults = [fault(FaultKind.KILL, f"w{number}", number) for number in range(10, 70)]
    history.faults.append(fault(FaultKind.PAUSE, "w1", 5, 6))
    report = check(history)
    assert (report.kills, report.bound) == (60, 0.05)
    history.drained = False
    assert check(history).bound is None
    history.drained = True
    history.operations.append(operation("b"))
    assert check(history).bound is None
    history.operations = []
    assert check(history).bound is None


def test_the_table_names_the_verdict_the_numbers_and_the_first_ids() -> None:
    """What one reads in a terminal after a trial."""
    history = repeated(KILLED, AGAIN, KILL)
    history.operations += [operation(f"gone-{number}") for number in range(5)]
    text = check(history).text()
    assert "verdict: invalid" in text
    assert "gone-0, gone-1" in text
    assert "kill 1" in text
    assert "longest 8.50 s" in text
    assert "lost: 5" in text
    history.operations = [operation("a")]
    assert "p < 1 (95 %)" in check(history).text()
