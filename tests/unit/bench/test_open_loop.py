"""The parts of an open loop that need no Locust: what it is asked for, what it submits, its log, and its key."""

from __future__ import annotations

import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from benchmarks.checker import Answer, Operation
from benchmarks.engine.operations import mark_of, operations, read_calls
from benchmarks.open_loop import options
from benchmarks.open_loop.following import draw, offsets
from benchmarks.open_loop.key import authorization
from benchmarks.open_loop.log import Call, CallLog
from benchmarks.open_loop.payloads import BadMix, Kind, read
from benchmarks.open_loop.plan import Plan
from benchmarks.open_loop.schedule import poisson, until


class Parser(ArgumentParser):
    """Takes Locust's own keyword too."""

    def add_argument(self, *names: str, **more: Any) -> Any:
        """Add an option."""
        more.pop("include_in_web_ui", None)
        return super().add_argument(*names, **more)


def parsed(plan: Plan) -> Namespace:
    """Read a plan as Locust's command line does."""
    parser = Parser()
    options.add(parser)
    return parser.parse_args(plan.arguments())


def test_a_plan_survives_the_command_line() -> None:
    """The child process follows the schedule its parent has in mind, and submits the same tasks."""
    kinds = [Kind("load_sleep", {"seconds": 0.02}, 3), Kind("load_noop", priority=9)]
    given = parsed(Plan(arrivals="poisson", rate=80, seconds=3, seed=5, mix=kinds, marks=True, senders=7))
    assert list(offsets(given)) == list(until(poisson(80, 5), 3))
    assert (given.senders, given.watch) == (7, "no")
    drawn = draw(given)
    tasks = [drawn(str(number)) for number in range(400)]
    assert Counter(one["type"] for one in tasks)["load_sleep"] == pytest.approx(300, abs=60)
    assert tasks[3]["payload"]["mark"] == "3"
    assert {one["priority"] for one in tasks} == {5, 9}


def test_steps_and_traces_survive_it_too(tmp_path: Path) -> None:
    """Two processes share them."""
    given = parsed(Plan(arrivals="steps", steps=[(100, 1), (300, 0.5)]))
    assert len(list(offsets(given))) == pytest.approx(250, abs=100)
    path = tmp_path / "t"
    path.write_text("0\n1\n2\n", "utf-8")
    given = parsed(Plan(arrivals="trace", trace=path))
    assert [list(offsets(given, part, 2)) for part in (0, 1)] == [[0, 2], [1]]


def test_the_checked_mix_knows_its_marks() -> None:
    """It is the one of the crash runs."""
    task = draw(parsed(Plan(mix="checked")))("c-1/0")
    assert task["type"].startswith("load_")
    assert task["payload"]["mark"] == "c-1/0"


def test_a_filler_has_the_size_asked_for() -> None:
    """For tasks that take one."""
    given = parsed(Plan(mix=[Kind("echo")]))
    given.payload_bytes = 100
    assert draw(given)("c")["payload"] == {"filler": "x" * 100}


def test_a_bad_mix_is_named() -> None:
    """With what it should look like."""
    assert read("noop") == [Kind("noop")]
    for bad in ('[{"kind": "noop"}]', "[", "[]", '[{"type": "noop", "share": 0}]'):
        with pytest.raises(BadMix, match="sleep"):
            read(bad)


def test_the_log_serves_checker_and_records(tmp_path: Path) -> None:
    """The checker's reader finds its operations, and each call has the moment it was meant for."""
    path = tmp_path / "calls.jsonl"
    log = CallLog(path)
    first, second = Call("c-0", 1000.25, 1001.5), Call("c-1", 1010.0, 1010.1)
    log.sent(first)
    log.sent(second)
    log.answered(first, 1004.0, answer=Answer.ACKNOWLEDGED, ids=["x"], why="")
    log.missed(1020.0)
    log.close()
    assert list(operations(path)) == [
        Operation(key=mark_of("c-0", 0), sent_at=1001, answer=Answer.ACKNOWLEDGED, task_id="x"),
        Operation(key=mark_of("c-1", 0), sent_at=1010, answer=Answer.UNKNOWN),
    ]
    (answered, _), lines = read_calls(path), path.read_bytes().splitlines()
    assert (answered["intended"], answered["answered"], answered["took"]) == (1000.25, 1004.0, 2.5)
    assert orjson.loads(lines[-1]) == {"missed": 1, "intended": 1020.0}


@pytest.mark.parametrize("bad", ["--rate=0", "--rate=nan", "--steps=10", "--tasks=[", "--trace=/nowhere"])
def test_a_wrong_option_is_one_clear_line(bad: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is started."""
    parser = Parser()
    options.add(parser)
    with pytest.raises(SystemExit):
        parser.parse_args([bad])
    assert bad.partition("=")[0] in capsys.readouterr().err.splitlines()[-1]


def test_no_log_is_no_file() -> None:
    """Plain Locust writes none."""
    log = CallLog(None)
    log.sent(Call("c-0", 0, 0))
    log.close()


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        ("", None),
        ("a:read:1", None),
        ("a:admin:1", "1"),
        ("a:read:1, b:admin:2 ,c:submit:k:3", "k:3"),
    ],
)
def test_the_least_key_that_opens_is_used(keys: str, key: str | None) -> None:
    """A key may have colons."""
    expected = {"Authorization": f"Bearer {key}"} if key else {}
    assert authorization({"TASKLAB_API_KEYS": keys}) == expected


def test_the_engine_never_imports_locust() -> None:
    """It would patch its sockets and threads."""
    program = "import benchmarks.open_loop.subprocess, sys; sys.exit(bool({'locust', 'gevent'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
