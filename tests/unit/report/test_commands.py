"""`tasklab-bench report` and `compare`, from the outside."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from benchmarks.checker import Fault, FaultKind, History
from benchmarks.cli import app
from benchmarks.engine.folder import save
from tests.fixtures.results import result_folder

RUNNER = CliRunner()


def test_report_writes_both_files(tmp_path: Path) -> None:
    """And says where."""
    folder = result_folder(tmp_path).path
    result = RUNNER.invoke(app, ["report", str(folder)])
    assert result.exit_code == 0
    assert str(folder / "report.html") in result.output
    assert (folder / "report.md").exists()


def test_report_still_judges_a_crash_run(tmp_path: Path) -> None:
    """Its folder holds one history and no trials. Nothing was acknowledged in it: unknown."""
    kill = Fault(kind=FaultKind.KILL, target="worker-1", at=1, until=1)
    shape = {"queue": "leases", "database": "sqlite", "workers": 2, "lease_seconds": 2.5}
    course = {"seconds": 60.0, "trouble": "", "drain_seconds": 1.0, "missed": {}, "events": {}, "ends_by_type": {}}
    run = {"command": "tasklab-bench crash", "trial": {"shape": shape, "seed": 1}, "environment": {}, "course": course}
    save(tmp_path, History(faults=[kill], drained=True), run)
    result = RUNNER.invoke(app, ["report", str(tmp_path)])
    assert result.exit_code == 2
    assert (tmp_path / "report.md").read_text("utf-8").startswith("# Soak: unknown")


def test_compare_passes_noise_and_stops_a_regression(tmp_path: Path) -> None:
    """Exit code 0 and 1."""
    folders = {
        speed: str(result_folder(tmp_path / str(speed), workers=(2,), rate=None, speed=speed, repeats=5).path)
        for speed in (1.0, 1.01, 0.7)
    }
    same = RUNNER.invoke(app, ["compare", folders[1.0], folders[1.01]])
    assert same.exit_code == 0, same.output
    slower = RUNNER.invoke(app, ["compare", folders[1.0], folders[0.7]])
    assert slower.exit_code == 1
    assert "1 regression" in slower.output
