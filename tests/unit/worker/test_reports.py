"""What handlers say of how far they are, on its way out of the worker."""

from __future__ import annotations

from dataclasses import replace

import pytest

from system.tasks.context import CLAIM, MAX_TEXT, REPORTER, Report, progress
from system.tasks.task import Claim
from system.worker.reports import Reports
from tests.fixtures.tasks import new_task

WORD = Report("default", "a", "1:w", 1, 0.5, "half")


def test_the_newest_word_counts() -> None:
    """Of each task one report is sent, and each once."""
    nudges: list[int] = []
    reports = Reports(lambda: nudges.append(1))
    newer, other = replace(WORD, done=0.6), replace(WORD, task_id="b")
    for report in (WORD, other, newer):
        reports.note(report)
    assert reports.take() == [newer, other]
    assert reports.take() == []
    assert len(nudges) == 1, "whoever sends is told once that there is something to send"
    reports.note(WORD)
    assert len(nudges) == 2


def test_a_word_from_a_handler() -> None:
    """It says of which attempt it is; the text is cut."""
    heard: list[Report] = []
    task = new_task()
    tokens = CLAIM.set(Claim(task, "1:w", 2)), REPORTER.set(heard.append)
    progress(0.25, "x" * 1000)
    progress(text="only words")
    CLAIM.reset(tokens[0])
    REPORTER.reset(tokens[1])
    assert heard == [
        Report("default", task.id, "1:w", 2, 0.25, "x" * MAX_TEXT),
        Report("default", task.id, "1:w", 2, None, "only words"),
    ]


def test_outside_of_a_worker_nothing_happens() -> None:
    """So that a handler can be tried as the plain function it is."""
    progress(0.5)


@pytest.mark.parametrize("done", [-0.1, 1.1, float("nan"), 50])
def test_a_share_is_a_share(done: float) -> None:
    """Who means fifty percent says 0.5."""
    with pytest.raises(ValueError, match="share from 0 to 1"):
        progress(done)
