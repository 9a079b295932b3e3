"""The exercises' checks: what is right passes, what is empty or wrong fails and says what to look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from lab import check
from tests.lessons.runs import a_run, a_sweep, trial

LOST = a_run(lost=5)
CPU = pd.DataFrame({"api": [0.2, 0.9], "workers": [0.1, 0.3], "redis": [0.1, 0.85]})


class Toy:
    """A right queue."""

    def __init__(self) -> None:
        self.waiting: list[int] = []
        self.states: dict[int, str] = {}

    def put(self, task: int) -> None:
        """Make it wait."""
        self.waiting.append(task)
        self.states[task] = "queued"

    def finish(self, task: int) -> None:
        """End it."""
        self.states[task] = "succeeded"

    def claim(self) -> int | None:
        """Hand it out."""
        return self.take(0) if self.waiting else None

    def take(self, place: int) -> int:
        """Take out the one at a place."""
        task = self.waiting.pop(place)
        self.states[task] = "running"
        return task


class Empty(Toy):
    """As a student gets it."""

    def claim(self) -> int | None:
        """Do nothing."""
        return None


class Raises(Toy):
    """Nobody thought of an empty line."""

    def claim(self) -> int | None:
        """Raise IndexError where nothing waits."""
        return self.take(0)


class LastFirst(Toy):
    """The wrong end."""

    def claim(self) -> int | None:
        """Take the newest."""
        return self.take(-1) if self.waiting else None


class Keeps(Toy):
    """It hands out, and does not take out."""

    def claim(self) -> int | None:
        """Leave the task in the line."""
        if self.waiting:
            self.states[self.waiting[0]] = "running"
        return self.waiting[0] if self.waiting else None


class Forgets(Toy):
    """It does not keep the books."""

    def claim(self) -> int | None:
        """Change no state."""
        return self.waiting.pop(0) if self.waiting else None


RIGHT: list[Callable[[], None]] = [
    lambda: check.healed(a_run()),
    lambda: check.toy_queue(Toy),
    lambda: check.lost({*LOST.lost}, LOST),
    lambda: check.per_task(lambda before, after, tasks: (after["fcall"] - before["fcall"]) / tasks),
    lambda: check.prediction(140.0, a_sweep().trials, 8),
    lambda: check.limit("api", CPU),
    lambda: check.limit("redis", CPU),  # as good as equal
    lambda: check.lease(3.5),
]
WRONG: list[tuple[str, Callable[[], None]]] = [
    ("lab.verdict", lambda: check.healed(None)),
    ("Nobody was killed", lambda: check.healed(a_run(kill=False))),
    ("verdict is invalid", lambda: check.healed(LOST)),
    ("at least 50", lambda: check.healed(replace(a_run(), trial=replace(trial(), accepted=10)))),
    ("yet claim", lambda: check.toy_queue(Empty)),
    ("Return None", lambda: check.toy_queue(Raises)),
    ("First in, first out", lambda: check.toy_queue(LastFirst)),
    ("must take out one task", lambda: check.toy_queue(Keeps)),
    ("is running", lambda: check.toy_queue(Forgets)),
    ("set of task ids", lambda: check.lost(None, LOST)),
    ("is empty", lambda: check.lost(set(), LOST)),
    ("subtract", lambda: check.lost({*LOST.accepted}, LOST)),
    ("are missing", lambda: check.lost({LOST.lost[0]}, LOST)),
    ("never accepted", lambda: check.lost({"stranger"}, LOST)),
    ("Write a function", lambda: check.per_task(None)),
    ("returned nothing", lambda: check.per_task(lambda *_: None)),
    ("Subtract first", lambda: check.per_task(lambda _, after, tasks: after["fcall"] / tasks)),
    ("raised KeyError", lambda: check.per_task(lambda _, after, __: after["calls"])),
    ("Give a number", lambda: check.prediction(None, a_sweep().trials, 8)),
    ("ideal line", lambda: check.prediction(500.0, a_sweep().trials, 8)),
    ("fewer workers did already", lambda: check.prediction(10.0, a_sweep().trials, 8)),
    ("Give the name", lambda: check.limit("", CPU)),
    ("not measured", lambda: check.limit("disk", CPU)),
    ("last row", lambda: check.limit("workers", CPU)),
    ("number of seconds", lambda: check.lease(None)),
    ("may wait", lambda: check.lease(10)),
    ("would lose its tasks", lambda: check.lease(1)),
    ("before the worker has begun", lambda: check.lease(0)),
]


@pytest.mark.parametrize("answer", RIGHT)
def test_a_right_answer_passes(answer: Callable[[], None], capsys: pytest.CaptureFixture[str]) -> None:
    """And is told so."""
    answer()
    assert capsys.readouterr().out.startswith("✓")


@pytest.mark.parametrize(("hint", "answer"), WRONG, ids=[f"{number}-{hint}" for number, (hint, _) in enumerate(WRONG)])
def test_a_wrong_answer_fails_with_a_hint(hint: str, answer: Callable[[], None]) -> None:
    """The hint is about this mistake, and a notebook shows nothing but the hint."""
    with pytest.raises(check.NotYet, match=hint) as raised:
        answer()
    shown: list[Any] = raised.value._render_traceback_()
    assert shown == [f"✗ Not yet. {raised.value}"]
