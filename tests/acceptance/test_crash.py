"""The soak, bounded: a system that is broken again and again loses nothing, and the soak itself leaves nothing."""

from __future__ import annotations

import gzip
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.acceptance.running import ROOT, gone, until
from tests.acceptance.soaking import Soak


@pytest.mark.timeout(240)
def test_forty_kills_and_more_lose_nothing(tmp_path: Path) -> None:
    """Workers die, freeze and are cut off, and API, upkeep, Redis and SQL are broken beside them."""
    soak = Soak(tmp_path / "run", seconds=45)
    with soak.start() as process:
        code = process.wait(220)
    assert code == 0, soak.printed()
    summary = soak.summary()
    assert (summary["verdict"], summary["tasks"]["lost"], summary["tasks"]["unexpected"]) == ("valid", 0, 0)
    assert summary["kills"] >= 40
    assert summary["worker_kills_with_tasks_in_hand"] >= 20, "the kills hit hardly anything"
    supervised, remote = summary["takeovers"]
    assert supervised["free"]["p50"] < remote["free"]["p50"] < 4, "a parent need not wait for the lease to end"
    assert not (soak.folder / "system").exists(), "where all is well, the data are of no further use"


def test_ctrl_c_keeps_what_was_measured(tmp_path: Path) -> None:
    """It drains and judges what there is; the report can be made again from the folder."""
    soak = Soak(tmp_path / "run", seconds=600)
    with soak.start() as process:
        soak.until_under_way(process)
        process.send_signal(signal.SIGINT)
        assert process.wait(100) == 0, soak.printed()
    assert soak.summary()["minutes"] < 2
    report = soak.folder / "report.md"
    first = report.read_text("utf-8")
    assert first.startswith("# Soak: valid")
    report.unlink()
    command = [sys.executable, "-m", "benchmarks", "report", str(soak.folder)]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0
    assert report.read_text("utf-8") == first


def test_a_folder_without_records_is_named(tmp_path: Path) -> None:
    """One line, and the exit code of a verdict that is not known."""
    command = [sys.executable, "-m", "benchmarks", "report", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("tasklab-bench: ")
    assert len(done.stderr.splitlines()) == 1
    (tmp_path / "run.json").write_text("{}", "utf-8")
    with gzip.open(tmp_path / "history.jsonl.gz", "wb") as file:
        file.write(b"no history\n")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True)
    assert (done.returncode, "line 1" in done.stderr) == (2, True)


def test_nothing_outlives_it(tmp_path: Path) -> None:
    """Not even its own SIGKILL leaves a process behind."""
    soak = Soak(tmp_path / "run", seconds=600)
    with soak.start() as process:
        soak.until_under_way(process)
        family = psutil.Process(process.pid).children(recursive=True)
        assert len(family) > 8
        process.kill()
        process.wait()
        until(lambda: all(gone(child.pid) for child in family), "the end of all processes")
