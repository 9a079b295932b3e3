"""The main job: `make demo` runs this very command."""

from __future__ import annotations

import re

from tests.acceptance.running import Tasklab


def test_the_demo_kills_a_worker_and_loses_nothing(tasklab: Tasklab) -> None:
    """Every file of the standard library is indexed, the victim's tasks are taken over, and the verdict says so."""
    printed = tasklab.run("demo")
    assert "verdict: accepted = succeeded, lost 0" in printed
    victim = re.search(r"kill -9 (worker-\d\.\w+)", printed)
    assert victim
    assert re.search(rf"What {re.escape(victim[1])} held when it was killed: [1-9]", printed)
    counts = re.search(r"([\d,]+) accepted, ([\d,]+) succeeded, 0 dead, 0 lost; ([\d,]+) attempts cut short", printed)
    assert counts
    assert counts[1] == counts[2]
    assert int(counts[1].replace(",", "")) > 300
    assert "\r" not in printed  # a pipe gets lines, no progress bar


def test_the_demo_without_a_crash(tasklab: Tasklab) -> None:
    """The same, in peace, with any number of workers; it leaves the data folder alone."""
    printed = tasklab.run("demo", "--no-crash", "--workers", "1")
    assert "verdict: accepted = succeeded, lost 0" in printed
    assert "0 attempts cut short" in printed
    assert "kill -9" not in printed
    assert not tasklab.data.exists()
