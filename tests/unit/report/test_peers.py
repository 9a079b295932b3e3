"""A run of other queues has a report too, though it has no trials."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.peers.results import CrashResult, QueueResult, save
from benchmarks.records import ResultFolder
from benchmarks.report import write_report
from benchmarks.report.numbers import NONE


def queue(name: str, rate: float, seconds: float | None) -> QueueResult:
    """Return a queue with two rounds and one kill."""
    kill = CrashResult(settings="default", traffic=True, verdict="valid", seconds=seconds, watched_s=60.0)
    found = QueueResult(name=name, title=name.title(), settings="as advised", crash_default="a lease", crash_tuned=None)
    found.versions, found.crash = {name: "1.2"}, [kill]
    found.rounds = [{"noop_1": rate, "one": 100.0}, {"noop_1": rate * 1.2, "one": 110.0}]
    return found


def test_a_run_of_peers(tmp_path: Path) -> None:
    """Medians, ratios, kills, settings; what needs trials is left out."""
    folder = ResultFolder(tmp_path)
    folder.write_run({"command": "tasklab-bench peers", "seed": 1, "environment": {"cores": "2, load before 0.1"}})
    slow = queue("slow", 500.0, None)
    slow.failures = ["round 1, io_4: no end"]
    save(tmp_path, [queue("tasklab", 1_000.0, 2.4), slow])
    text = (write_report(folder).parent / "report.md").read_text("utf-8")
    assert re.findall(r"^## (\d+)\.", text, re.MULTILINE) == ["1", "2", "3", "12", "13", "14"]
    assert "faster than 1 of 1 others, 2.00 times their rate in the median." in text
    assert "As installed, 0 of 1 others had a killed worker's task run again while it was watched; TaskLab did." in text
    assert "| Tasklab | 105 | 1,100 |" in text
    assert "| Tasklab | - | 2.4 | - | - |" in text.replace(NONE, "-")
    assert "- **Slow**: round 1, io_4: no end" in text
