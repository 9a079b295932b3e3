"""What the notebooks' sources must be: short cells, all parts of a lesson, solutions that can be taken out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from lab.student import NOTEBOOKS, STUDENT, lessons, make, student_version

LINES, COLUMNS = 10, 92  # of a cell: what the last row can read
PARTS = (
    "You will be able to",
    "You need",
    "## Predict",
    "**Question.**",
    "<details>",
    "Exercise",
    "What this does not show",
    "## Recap",
)
BY_LESSON = pytest.mark.parametrize("lesson", lessons(), ids=lambda path: path.stem)


def cells(path: Path, kind: str) -> list[dict[str, Any]]:
    """Return a notebook's cells of a kind."""
    return [cell for cell in json.loads(path.read_text("utf-8"))["cells"] if cell["cell_type"] == kind]


def text(path: Path, kind: str) -> str:
    """Return what stands in all of them."""
    return "\n".join("".join(cell["source"]) for cell in cells(path, kind))


@BY_LESSON
def test_a_lesson_has_all_its_parts(lesson: Path) -> None:
    """Objectives, a prediction that is kept, a question, an exercise with a check, claims, a caveat, a recap."""
    prose, code = text(lesson, "markdown"), text(lesson, "code")
    assert [part for part in PARTS if part not in prose] == []
    assert "lab.predict(" in code
    assert "predicted=" in code
    tags = [tag for cell in cells(lesson, "code") for tag in cell["metadata"].get("tags", ())]
    assert {"claims", "check"} <= {*tags}


@BY_LESSON
def test_cells_are_short(lesson: Path) -> None:
    """A cell fits on a slide, its lines too."""
    for cell in cells(lesson, "code"):
        lines = "".join(cell["source"]).splitlines()
        assert len(lines) <= LINES, lines[0]
        assert max(map(len, lines)) <= COLUMNS, max(lines, key=len)


@BY_LESSON
def test_nothing_hangs_the_kernel(lesson: Path) -> None:
    """Locust patches a kernel's threads, and asyncio's subprocesses fail in notebooks on some systems."""
    code = text(lesson, "code")
    assert not re.search(r"import (locust|gevent|asyncio)|create_subprocess", code)


@BY_LESSON
def test_the_students_version_has_no_solution(lesson: Path) -> None:
    """What is taken out is exactly what stands between the marks."""
    made = student_version(json.loads(lesson.read_text("utf-8")))
    source = "\n".join("".join(cell["source"]) for cell in made["cells"])
    assert "SOLUTION" not in source
    assert source.count("# your answer") == text(lesson, "code").count("BEGIN SOLUTION") > 0


def test_somebodys_work_is_not_written_over(tmp_path: Path) -> None:
    """`make student` writes what is missing; only `--again` begins anew."""
    for lesson in lessons():
        (tmp_path / lesson.name).write_text(lesson.read_text("utf-8"), "utf-8")
    first = list(make(tmp_path))
    assert [path.name for path in first] == [lesson.name for lesson in lessons()]
    first[0].write_text("mine", "utf-8")
    assert list(make(tmp_path)) == []
    assert first[0].read_text("utf-8") == "mine"
    assert list(make(tmp_path, again=True)) == first


def test_the_start_page_leads_to_every_lesson() -> None:
    """And no link of any notebook leads nowhere; those to student/ exist once `make student` has run."""
    start = text(NOTEBOOKS / "start.ipynb", "markdown")
    assert [lesson.name for lesson in lessons() if f"({STUDENT}/{lesson.name})" not in start] == []
    for path in (NOTEBOOKS / "start.ipynb", *lessons()):
        for target in re.findall(r"\]\(([^)#:]+)\)", text(path, "markdown")):
            assert (NOTEBOOKS / target.removeprefix(f"{STUDENT}/")).exists(), f"{path.name}: {target}"
