"""Notebooks are committed as they are written, not as they ran."""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_no_notebook_has_outputs() -> None:
    """Outputs make changes unreadable and old results look new."""
    for path in ROOT.glob("notebooks/**/*.ipynb"):
        if {".ipynb_checkpoints", "student"} & {*path.parts}:  # the student's own work
            continue
        cells = json.loads(path.read_text("utf-8"))["cells"]
        ran = [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]
        assert not ran, f"{path.name}: {len(ran)} cells keep what they printed"
