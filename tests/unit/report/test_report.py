"""A report says what the records say, section by section, and the same records say the same twice."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.records import FaultRecord, ResultFolder, TaskRecord, TrialRecord, UnreadableResults
from benchmarks.report import write_report
from benchmarks.report.evidence import Evidence
from benchmarks.report.sections.validity import validity
from benchmarks.report.takeovers import redone, takeovers
from tests.fixtures.results import LEASE_S, result_folder


def test_every_section_with_records_is_there_and_the_others_are_named(tmp_path: Path) -> None:
    """Of fourteen, a crash run has neither a baseline nor peers."""
    text = report(result_folder(tmp_path, workers=(4,), rate=150.0, kill=True))
    numbers = [int(number) for number in re.findall(r"^## (\d+)\.", text, re.MULTILINE)]
    assert numbers == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14]
    assert "Left out, as the run has no records for them: 11 Against a baseline; 12 Other queues." in text


def test_what_is_to_be_repeated_is_told(tmp_path: Path) -> None:
    """Command, commit, seed."""
    text = report(result_folder(tmp_path))
    assert "tasklab-bench run invented --seed 7" in text
    assert "| commit | 0.1.0, commit abc1234 |" in text
    assert "| seed | 7 |" in text


def test_scaling_has_interval_ideal_and_law(tmp_path: Path) -> None:
    """The median of the trials, the speed-up by the fewest workers, and a fit that finds what made the numbers."""
    folder = result_folder(tmp_path, workers=(1, 2, 4, 8, 16), rate=None)
    evidence, text = Evidence(folder), report(folder)
    rates = sorted(trial.throughput for trial in evidence.curve[16])
    assert f"| workers=16 | 16 x 8 | io-20ms | sqlite, sql | 3 | {rates[1]:,.0f} |" in text
    assert f"{rates[0]:,.0f} to {rates[2]:,.0f}" in text
    contention = re.search(r"^\| α .*?\| ([\d.]+) \|", text, re.MULTILINE)  # noqa: RUF001
    assert contention is not None
    assert float(contention[1]) == pytest.approx(0.05, abs=0.05)


def test_a_stall_shows_in_the_corrected_latency_alone(tmp_path: Path) -> None:
    """For half a second of twelve the server answered nobody: 4 % of all calls waited, and no client noticed."""
    text = report(result_folder(tmp_path))
    cells = {row[0]: row for row in rows(text, "| workers=2 | ")}
    naive, corrected = (float(cells[f"submit, {which}"][4]) for which in ("naive", "corrected"))
    assert naive < 6
    assert corrected > 300


def test_a_kill_is_told_by_what_was_in_hand(tmp_path: Path) -> None:
    """Free again when the lease ends, and in another's hands 50 ms later: that is how the numbers were made."""
    evidence = Evidence(folder := result_folder(tmp_path, workers=(4,), rate=150.0, kill=True))
    found = takeovers(evidence.attempts, evidence.faults)
    assert found
    assert all(one.free_s == pytest.approx(LEASE_S) for one in found)
    assert all(one.again_s == pytest.approx(LEASE_S + 0.05) for one in found)
    assert 0 < redone(evidence.attempts, evidence.faults) < 0.03 * len(found)
    text = report(folder)
    assert "After 3 kills, 0 of" in text
    assert f"| workers=4 | 2.50 | in another's hands | {len(found)} | 2.55 |" in text


def test_a_fault_that_is_no_kill_hides_none(tmp_path: Path) -> None:
    """It is counted beside them."""
    pause = FaultRecord(trial=0, kind="pause", target="worker-2", at_s=5.0, until_s=7.0)
    text = report(result_folder(tmp_path, workers=(4,), rate=150.0, kill=True, extra=[pause]))
    assert rows(text, "| workers=4 | 3 | 1 |")


def test_a_run_the_checker_refuses_is_invalid(tmp_path: Path) -> None:
    """Whatever its numbers are."""
    text = report(result_folder(tmp_path, verdict="invalid"))
    assert text.splitlines()[2] == "**✗ Invalid, 1 of 6 gates failed**"
    assert "| checker | ✗ fail | 3 of 3 invalid |" in text


def test_one_short_trial_is_warned_of(tmp_path: Path) -> None:
    """Nothing is known of its spread."""
    evidence = Evidence(result_folder(tmp_path, repeats=1))
    (table,) = validity(evidence)
    assert "| repeats | ! warn | 1 trial" in report(evidence.folder)
    assert table.kind == "table"


def test_a_slower_run_fails_against_its_baseline(tmp_path: Path) -> None:
    """A fifth less is no noise."""
    before, after = (
        result_folder(tmp_path / str(speed), workers=(1, 4), rate=None, speed=speed) for speed in (1.0, 0.8)
    )
    write_report(after, before)
    text = (after.path / "report.md").read_text("utf-8")
    assert "## 11. Against a baseline" in text
    assert "**Gate:** ✗ fail: 2 regressions, 2 within noise (of 4 figures)." in text
    assert rows(text, "| workers=4 | throughput, tasks/s |")[0][4].startswith("-2")


def test_queues_under_the_same_kills_are_set_side_by_side(tmp_path: Path) -> None:
    """What each lost stands in the answer, and what may be lost is no valid run."""
    folder = result_folder(tmp_path, workers=(4,), rate=150.0, kill=True, repeats=1)
    (trial,) = folder.read(TrialRecord)
    lost = {"checked": trial.checked | {"lost": 7}, "verdict": "invalid"}
    folder.add([replace(trial, trial=1, point="queue=brpop", queue="brpop", **lost)])
    text = report(folder)
    assert "Acknowledged tasks that were lost: 0 at workers=4, 7 at queue=brpop." in text
    assert "**✗ Invalid, 1 of" in text


def test_the_highest_rate_that_was_kept_up_with(tmp_path: Path) -> None:
    """Two workers with two slots each do 180 a second at most."""
    slow, fast = (result_folder(tmp_path / str(rate), rate=rate, repeats=1) for rate in (60.0, 260.0))
    (trial,) = fast.read(TrialRecord)
    slow.add([replace(trial, trial=1, point="rate=260")])
    slow.add(replace(task, trial=1) for task in fast.read(TaskRecord))
    assert "The system kept up with 60 tasks a second; at 260 its backlog grew." in report(slow)


def test_the_same_records_make_the_same_bytes(tmp_path: Path) -> None:
    """Nothing of the time, the folder's path or chance gets in."""
    first, second = (
        write_report(result_folder(tmp_path / name, workers=(4,), rate=150.0, kill=True, repeats=1))
        for name in ("a", "b")
    )
    again = first.read_bytes()
    write_report(ResultFolder(first.parent))
    assert first.read_bytes() == again
    assert sizes_aside(second.read_text("utf-8")) == sizes_aside(again.decode())


def test_a_folder_without_trials_has_no_report(tmp_path: Path) -> None:
    """One line says so."""
    folder = ResultFolder(tmp_path)
    folder.write_run({})
    with pytest.raises(UnreadableResults, match="no trial was finished"):
        write_report(folder)


def report(folder: ResultFolder) -> str:
    """Write the report and return the Markdown."""
    return (write_report(folder).parent / "report.md").read_text("utf-8")


def rows(text: str, begin: str) -> list[list[str]]:
    """Return the cells after the first of the table rows that begin so."""
    lines = [line for line in text.splitlines() if line.startswith(begin)]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")][1:] for line in lines]


def sizes_aside(text: str) -> str:
    """Take away the raw files' sizes: gzip notes the time in what it packs."""
    return re.sub(r"[\d,.]+ [kM]B", "", text)
