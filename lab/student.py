"""Makes the student's version of each lesson: the solutions are the source, and what is between two marks is taken out.

    ### BEGIN SOLUTION
    ...                      becomes one line: ...  # your answer
    ### END SOLUTION

The marks are nbgrader's, so the notebooks can go into an nbgrader course as they are. It is not used here: it brings a
second notebook server and a course database, otter-grader brings Sphinx, a browser driver and a Docker client, and both
only to run asserts. Our checks are functions (lab/check/) that give hints and need nothing but the run they look at.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
STUDENT = "student"
SOLUTION = re.compile(r"^([ \t]*)### BEGIN SOLUTION\n.*?^[ \t]*### END SOLUTION$", re.MULTILINE | re.DOTALL)
YOURS = r"\1...  # your answer"


def lessons(folder: Path = NOTEBOOKS) -> list[Path]:
    """Return the lessons' files in their order."""
    return sorted(folder.glob("[0-9][0-9]-*.ipynb"))


def without_solution(source: str) -> str:
    """Return a cell's source as a student gets it."""
    return SOLUTION.sub(YOURS, source)


def student_version(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook (as JSON) without its solutions."""
    cells = [{**cell, "source": without_solution("".join(cell["source"]))} for cell in notebook["cells"]]
    return {**notebook, "cells": cells}


def make(folder: Path, *, again: bool = False) -> Iterator[Path]:
    """Write the student's versions and give their paths; one that is there is somebody's work, and stays."""
    target = folder / STUDENT
    target.mkdir(exist_ok=True)
    for lesson in lessons(folder):
        path = target / lesson.name
        if again or not path.exists():
            made = student_version(json.loads(lesson.read_text("utf-8")))
            path.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", "utf-8")
            yield path


def main() -> None:
    """Make the versions that are missing, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m lab.student", description=main.__doc__)
    parser.add_argument("--again", action="store_true", help="write over what is there, answers included")
    written = list(make(NOTEBOOKS, again=parser.parse_args().again))
    print(f"{len(written)} lessons written to notebooks/{STUDENT}/")  # noqa: T201 (a command)


if __name__ == "__main__":
    main()
