"""Lesson 00: a run of your own, with a kill, in which nothing was lost."""

from __future__ import annotations

from typing import Any

from lab.check.not_yet import need, well_done
from lab.run import Run

FEWEST = 50


def healed(run: Any) -> None:
    """Check a run: at least 50 tasks, at least one kill that hit work in hand, no task lost."""
    need(isinstance(run, Run), "Put into `run` what lab.verdict() returns.")
    need(run.trial.accepted >= FEWEST, f"Submit at least {FEWEST} tasks: count={FEWEST}.")
    need(len(run.faults) > 0, "Nobody was killed. Say lab.kill() after lab.submit(…) and before lab.verdict().")
    need(run.report and run.report.takeovers, "The kill hit nothing in hand. Let tasks last longer, or kill sooner.")
    need(run.verdict == "valid", f"The verdict is {run.verdict}. Run it once more; if it stays so, tell your teacher.")
    taken = len(run.report.takeovers) if run.report else 0
    well_done(f"{run.trial.accepted} accepted, {taken} taken over from the dead, 0 lost.")
