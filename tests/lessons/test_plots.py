"""The pictures: readable from the last row, with words for whoever can't see them, and the student's prediction."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from matplotlib.text import Text

from lab import plot
from tests.lessons.runs import a_run, a_sweep

SMALLEST = 13  # points
STEPS = pd.DataFrame(
    {"users": [1, 8, 64], "per_s": [100, 400, 410], "p95_ms": [5, 20, 160]}
    | dict.fromkeys(("api", "workers", "locust", "upkeep", "redis"), 0.5)
)
PICTURES: dict[str, Callable[[], plot.Picture]] = {
    "lanes": lambda: plot.lanes(a_run(), predicted=1.5),
    "accepted": lambda: plot.accepted(a_run(lost=5), predicted=3),
    "gantt": lambda: plot.gantt(a_run(), predicted=0.2),
    "ecdf": lambda: plot.ecdf([a_run(), a_run()], predicted={"submit": 3, "wait": 50, "run": 100}),
    "losses": lambda: plot.losses([a_run(lost=5), a_run()], predicted=3),
    "recovery": lambda: plot.recovery([a_run()], predicted={2: 1.0}),
    "scaling": lambda: plot.scaling(a_sweep(), phase1=a_sweep(), law=a_sweep().usl(), predicted={8: 120.0}),
    "steps": lambda: plot.steps({"1 worker": STEPS, "2 workers": STEPS}, predicted=8),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_can_be_read(name: str) -> None:
    """Large type everywhere, a caption that is its text, too, and the prediction in it."""
    picture = PICTURES[name]()
    assert picture.png().startswith(b"\x89PNG")
    words = [text for text in picture.figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
    small = {text.get_text(): text.get_fontsize() for text in words if text.get_fontsize() < SMALLEST}
    assert small == {}
    assert any("your prediction" in text.get_text() for text in words)
    html = picture._repr_html_()
    assert html.count(picture.caption[:20]) == 2, "as text and as caption"


def test_every_picture_is_tried() -> None:
    """A new one has to be put into the list above."""
    assert {*PICTURES} == {*plot.__all__} - {"Picture"}
