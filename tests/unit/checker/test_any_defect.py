"""Whatever happened, the checker calls a right history valid, and finds any single defect put into it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given

from benchmarks.checker import Answer, End, FaultKind, History, Operation, Outcome, Run, Verdict, check
from tests.fixtures.histories import LEASE, broken, fault, run
from tests.fixtures.right_histories import QUIET, VICTIM, VICTIMS_END, VICTIMS_RUN, ends_of, right_histories

ALIEN = "alien"


@given(right_histories())
def test_a_right_history_is_valid(history: History) -> None:
    """Retries, kills, pauses, wiped and rewound servers: no false alarm. And the sums agree."""
    report = check(history)
    assert report.verdict is Verdict.VALID, report.text()
    assert report.acknowledged + len(report.recovered) == report.ok + len(report.lost)


def drop_the_end(history: History) -> None:
    """An acknowledged task's end is gone."""
    ends_of(history).remove(VICTIMS_END)


def drop_all_traces(history: History) -> None:
    """An acknowledged task is gone altogether."""
    drop_the_end(history)
    history.runs.remove(VICTIMS_RUN)


def forget_the_submission(history: History) -> None:
    """A task ran that nobody submitted."""
    history.operations = [operation for operation in history.operations if operation.key != VICTIM]


def refuse_it(history: History) -> None:
    """A task ran though its client was told no."""
    forget_the_submission(history)
    history.operations.append(Operation(key=VICTIM, sent_at=0, answer=Answer.REFUSED))


def add_an_alien_run(history: History) -> None:
    """A task that nobody submitted was handed out."""
    history.runs.append(Run(task_id=ALIEN, worker="w1", started_at=0))


def add_an_alien_end(history: History) -> None:
    """A task that nobody submitted is on record."""
    ends_of(history).append(End(task_id=ALIEN, state="dead", at=0))


def end_it_again(history: History) -> None:
    """A second terminal state."""
    ends_of(history).append(replace(VICTIMS_END, state="cancelled"))


def hand_it_out_twice(history: History) -> None:
    """A second worker was given the task while the first one had it."""
    again = run(VICTIM, QUIET - 0.5, None, None, worker="v2")
    history.runs.append(again)


def run_it_after_its_end(history: History) -> None:
    """A finished task ran again."""
    history.runs.append(replace(VICTIMS_RUN, started_at=VICTIMS_END.at + 5_000, ended_at=VICTIMS_END.at + 6_000))


def record_it_under_an_old_token(history: History) -> None:
    """The first worker's result was taken though the second one had the task by then."""
    history.runs.append(run(VICTIM, QUIET + 0.5, QUIET + 0.6, Outcome.EXPIRED, worker="v2"))


def take_it_over_late(history: History) -> None:
    """Its first worker was killed, and for long nobody looked after it."""
    history.runs.append(run(VICTIM, QUIET - 2 * LEASE, None, None, worker="v0"))
    history.faults.append(fault(FaultKind.KILL, "v0", QUIET - 2 * LEASE + 1))


def leave_it_in_redis(history: History) -> None:
    """The queue still holds it."""
    history.leftovers.append(VICTIM)


@pytest.mark.parametrize(
    ("spoil", "promise"),
    [
        (drop_the_end, "lost"),
        (drop_all_traces, "lost"),
        (forget_the_submission, "unexpected"),
        (refuse_it, "unexpected"),
        (add_an_alien_run, "unexpected"),
        (add_an_alien_end, "unexpected"),
        (end_it_again, "several terminal states"),
        (hand_it_out_twice, "duplicated without a cause"),
        (run_it_after_its_end, "duplicated without a cause"),
        (record_it_under_an_old_token, "result under an old token"),
        (take_it_over_late, "taken over late"),
        (leave_it_in_redis, "left in Redis"),
    ],
)
@given(history=right_histories())
def test_any_defect_is_found(spoil: Callable[[History], None], promise: str, history: History) -> None:
    """One defect in one task, anything else going on around it."""
    spoil(history)
    report = check(history)
    assert promise in broken(report)
    assert report.verdict is Verdict.INVALID
