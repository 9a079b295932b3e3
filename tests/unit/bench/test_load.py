"""What a load is made of: arrivals, a mix of tasks, and the log of what clients did and were told."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from pathlib import Path

import pytest

import benchmarks.engine.task_types
from benchmarks.checker import Answer, Operation
from benchmarks.engine.arrivals import arrivals
from benchmarks.engine.load import Tail
from benchmarks.engine.mix import Mix
from benchmarks.engine.operations import OperationLog, mark_of, operations

assert benchmarks.engine.task_types, "registers the types"


def test_arrivals_bring_the_rate_they_promise() -> None:
    """On average; in single tasks, batches and bursts."""
    until = 2_000.0
    calls = list(itertools.takewhile(lambda call: call.at < until, arrivals(random.Random(1), 150)))
    assert sum(call.tasks for call in calls) / until == pytest.approx(150, rel=0.1)
    assert {1, 10, 100} <= {call.tasks for call in calls} <= set(range(1, 1001))
    assert all(earlier.at <= later.at for earlier, later in itertools.pairwise(calls))


def test_the_same_seed_calls_at_the_same_times() -> None:
    """A load can be had again."""
    first, second = (list(itertools.islice(arrivals(random.Random(3), 100), 50)) for _ in range(2))
    assert first == second


def test_a_mix_is_of_all_kinds_and_each_task_can_be_accepted() -> None:
    """Every one carries its mark."""
    mix = Mix(random.Random(1), delays=True)
    tasks = [mix.task(f"m/{number}") for number in range(2_000)]
    for number, task in enumerate(tasks):
        task.validate()
        assert task.payload["mark"] == f"m/{number}"
    assert set(Counter(task.type for task in tasks)) == {
        "load_noop",
        "load_sleep",
        "load_flaky",
        "load_fail",
        "load_cpu",
    }
    assert {task.priority for task in tasks} == set(range(10))
    assert any(task.delay for task in tasks)


def test_a_queue_that_knows_no_delays_gets_none() -> None:
    """It would refuse the whole batch."""
    mix = Mix(random.Random(1), delays=False)
    assert not any(mix.task("m").waits for _ in range(1_000))


def test_what_clients_did_is_read_back_task_by_task(tmp_path: Path) -> None:
    """A call without an answer, and a line cut off at the end, leave tasks of unknown fate."""
    path = tmp_path / "operations.jsonl"
    log = OperationLog(path)
    log.sent("c-1", 1, 2, 10)
    log.answered("c-1", 1, 2, 10, answer=Answer.ACKNOWLEDGED, ids=["x", "y"], why="")
    log.sent("c-2", 1, 1, 20)
    log.answered("c-2", 1, 1, 20, answer=Answer.UNKNOWN, ids=[], why="HTTP 503")
    log.sent("c-2", 2, 1, 30)
    log.missed(3)
    log.close()
    with path.open("ab") as file:
        file.write(b'{"call": "c-2", "try": 2, "answ')
    assert list(operations(path)) == [
        Operation(key=mark_of("c-1", 0), sent_at=10, answer=Answer.ACKNOWLEDGED, task_id="x"),
        Operation(key=mark_of("c-1", 1), sent_at=10, answer=Answer.ACKNOWLEDGED, task_id="y"),
        Operation(key=mark_of("c-2", 0), sent_at=20, answer=Answer.UNKNOWN),
        Operation(key=mark_of("c-2", 0), sent_at=30, answer=Answer.UNKNOWN),
    ]


def test_accepted_tasks_are_counted_while_the_log_grows(tmp_path: Path) -> None:
    """For the progress that is shown; half a line is left for later."""
    path = tmp_path / "operations.jsonl"
    tail = Tail(path)
    assert tail.accepted() == 0
    log = OperationLog(path)
    log.sent("c-1", 1, 2, 10)
    assert tail.accepted() == 0
    log.answered("c-1", 1, 2, 10, answer=Answer.ACKNOWLEDGED, ids=["x", "y"], why="")
    assert tail.accepted() == 2
    with path.open("ab") as file:
        file.write(b'{"call": "c-2", "try": 1, "tasks": 5, "sent": 1, ')
        file.flush()
        assert tail.accepted() == 2
        file.write(b'"answer": "acknowledged", "ids": []}\n')
    assert tail.accepted() == 7
    log.close()
