"""Lesson 02: the set of tasks that were accepted and never came to an end."""

from __future__ import annotations

from typing import Any

from lab.check.not_yet import NotYet, need, well_done
from lab.run import Run


def lost(answer: Any, run: Run) -> None:
    """Check a set of task ids against what the checker found in the same run: exact."""
    try:
        ids = {*answer}
    except TypeError:
        message = "Give a set of task ids: accepted minus done."
        raise NotYet(message) from None
    need(ids, "The set is empty, but the picture shows a gap. Which ids were accepted and are not done?")
    need(ids <= {*run.accepted}, "Your set holds ids that were never accepted. Start from set(run.accepted).")
    done = {*run.tasks.loc[run.tasks["status"] == "succeeded", "task_id"]}
    need(not ids & done, f"{len(ids & done)} of your ids are done: subtract those whose status is 'succeeded'.")
    need(
        ids == {*run.lost},
        f"{len({*run.lost} - ids)} lost tasks are missing in your set. Also what still waited is lost.",
    )
    well_done(f"{len(ids)} tasks were accepted and are gone, and the checker finds the same ones.")
