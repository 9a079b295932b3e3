"""Every lesson, run as a student runs it, but shorter: its claims hold, its pictures are there, its check is strict."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from lab.student import lessons
from tests.lessons.kernels import MAY_FAIL, run

FIGURE = re.compile(r'<figure.*?<img alt="([^"]+)".*?<figcaption', re.DOTALL)


def outputs(cell: Any, kind: str) -> str:
    """Return what a cell put out, of one kind."""
    found = [one.get("data", {}).get(kind, "") for one in cell.get("outputs", ())]
    return "".join("".join(part) for part in found)


@pytest.mark.timeout(480)
@pytest.mark.parametrize("lesson", lessons(), ids=lambda path: path.stem)
def test_a_lesson_runs_from_top_to_bottom(lesson: Path, tmp_path: Path) -> None:
    """Its own assertions are its claims. An empty answer fails with a hint, then the solution passes, in one run."""
    cells = run(lesson, tmp_path)["cells"]
    plots = [cell for cell in cells if cell["cell_type"] == "code" and "plot." in cell["source"]]
    assert plots, "a lesson without a picture"
    for cell in plots:
        captions = FIGURE.findall(outputs(cell, "text/html"))
        assert captions, f"no picture with a text: {cell['source']}"
    empty = [cell for cell in cells if {"empty", MAY_FAIL} <= {*cell["metadata"].get("tags", ())}]
    assert empty, "a lesson without an exercise"
    for cell in empty:
        errors = [one for one in cell["outputs"] if one["output_type"] == "error"]
        assert [one["ename"] for one in errors] == ["NotYet"], cell["source"]
        assert "Not yet" in "".join(errors[0]["traceback"])
    assert list((tmp_path / "lab").glob("*/predictions.json")), "no prediction was kept"
