"""Where histories come from and go to: files, the task bodies' journal, a queue's own events."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from benchmarks.checker import (
    Answer,
    History,
    Operation,
    Outcome,
    Refusal,
    UnreadableHistory,
    Verdict,
    check,
    from_journal,
    journaled,
    read,
    refusals,
    write,
)
from benchmarks.checker.__main__ import main
from system.tasks.events import Batch, Event, Kind
from tests.fixtures.histories import EXPIRED, good
from tests.fixtures.right_histories import right_histories


@given(history=right_histories())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
def test_what_is_written_is_read_back(history: History, tmp_path: Path) -> None:
    """A run's folder is as good as the run."""
    history.refusals = [Refusal(task_id="a", token=EXPIRED.token or "", at=1)]
    history.leftovers = ["b"]
    history.keys = {"a": "key"}
    write(history, tmp_path)
    assert read(tmp_path) == history


def test_that_no_ends_are_recorded_is_kept(tmp_path: Path) -> None:
    """No record of ends is something else than a record without ends."""
    write(History(ends=None), tmp_path)
    assert read(tmp_path).ends is None
    write(History(ends=[]), tmp_path)
    assert read(tmp_path).ends == []


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"task_id": "a"}', '{"record": "rumour"}', '{"record": "run"}', '{"record": "end", "x": 1}']
)
def test_a_file_that_is_no_history_is_refused_with_the_line(line: str, tmp_path: Path) -> None:
    """Half a file must not be judged as if it were the whole."""
    path = write(good(), tmp_path)
    length = len(path.read_text("utf-8").splitlines())
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(UnreadableHistory, match=f"line {length + 1}"):
        read(tmp_path)


def test_a_folder_is_checked_again_from_the_command_line(tmp_path: Path) -> None:
    """`python -m benchmarks.checker DIR` prints the table; its exit code is the verdict."""
    write(good(), tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.checker", tmp_path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "verdict: valid" in done.stdout


@pytest.mark.parametrize(("verdict", "code"), [(Verdict.INVALID, 1), (Verdict.UNKNOWN, 2)])
def test_the_exit_code_follows_the_verdict(verdict: Verdict, code: int, tmp_path: Path) -> None:
    """So that a script can stop at a lost task."""
    history = good()
    history.operations.append(Operation(key="b", sent_at=0, answer=Answer.ACKNOWLEDGED))
    history.drained = verdict is Verdict.INVALID
    write(history, tmp_path)
    assert main([str(tmp_path)]) == code


def test_a_folder_without_a_history_is_unknown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing can be said about it; one clear line says why."""
    assert main([str(tmp_path)]) == 2
    assert "history.jsonl: No such file" in capsys.readouterr().err


def test_a_journal_tells_who_ran_what_and_whether_to_the_end(tmp_path: Path) -> None:
    """A body that raised or was killed has a beginning only."""
    path = tmp_path / "journal.jsonl"
    with journaled(path, task="a", worker="w1"):
        pass
    with pytest.raises(RuntimeError), journaled(path, task="b", worker="w2"):
        raise RuntimeError
    history = from_journal(path)
    assert [(run.task_id, run.worker, run.outcome) for run in history.runs] == [
        ("a", "w1", Outcome.RETURNED),
        ("b", "w2", None),
    ]
    assert history.runs[0].ended_at is not None
    assert history.runs[0].started_at <= history.runs[0].ended_at
    history.operations = [Operation(key=key, sent_at=0, answer=Answer.ACKNOWLEDGED) for key in "ab"]
    history.drained = True
    assert check(history).lost == ("b",)


def test_a_journals_half_line_is_left_out(tmp_path: Path) -> None:
    """The disk may have been full."""
    path = tmp_path / "journal.jsonl"
    begin = json.dumps({"run": "1", "task": "a", "worker": "w", "at": 1, "event": "begin"})
    path.write_text(begin + '\n{"run": "1", "at"', "utf-8")
    assert [run.ended_at for run in from_journal(path).runs] == [None]


def test_refused_finishes_are_found_in_a_queues_events() -> None:
    """The record of attempts has no place for them."""
    events = (
        Event(kind=Kind.SUCCEEDED, at=5, queue="q", task_id="a", token="2:w2"),  # noqa: S106
        Event(kind=Kind.REFUSED, at=5, queue="q", task_id="a", token="1:w1"),  # noqa: S106
    )
    assert list(refusals([Batch("5-0", events)])) == [Refusal(task_id="a", token="1:w1", at=5)]  # noqa: S106
