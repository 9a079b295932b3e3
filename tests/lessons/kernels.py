"""Kernels as a student's JupyterLab starts them, and notebooks run in them."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client import BlockingKernelClient, KernelManager
from nbclient import NotebookClient

from lab.student import without_solution

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
CELL_SECONDS = 240
MAY_FAIL = "raises-exception"  # nbclient goes on behind a cell with this tag


def environment(data: Path) -> dict[str, str]:
    """Return what a kernel's short lesson needs; its systems live in `data`."""
    own = {"PYTHONPATH": str(ROOT), "TASKLAB_LESSON_SCALE": "ci", "TASKLAB_DATA": str(data)}
    return {**os.environ, **own}


def with_empty_answers(lesson: dict[str, Any]) -> dict[str, Any]:
    """Put the student's empty answer, and its check, before each solution: one run tries both versions."""
    both = copy.deepcopy(lesson)
    both["cells"] = []
    for cell, following in zip(lesson["cells"], [*lesson["cells"][1:], None], strict=True):
        empty = without_solution(cell["source"])
        if empty != cell["source"] and following is not None:
            for number, (asked, tags) in enumerate(((empty, ["empty"]), (following["source"], ["empty", MAY_FAIL]))):
                extra = nbformat.v4.new_code_cell(asked, id=f"{cell['id']}-{number}", metadata={"tags": tags})
                both["cells"].append(extra)
        both["cells"].append(copy.deepcopy(cell))
    return both


def run(lesson: Path, data: Path) -> Any:
    """Run a lesson from a fresh kernel, in its folder; raises CellExecutionError where a cell fails."""
    notebook = nbformat.from_dict(with_empty_answers(nbformat.read(lesson, as_version=4)))
    NotebookClient(notebook, timeout=CELL_SECONDS).execute(cwd=str(NOTEBOOKS), env=environment(data))
    return notebook


@contextmanager
def kernel(data: Path) -> Iterator[tuple[KernelManager, BlockingKernelClient]]:
    """Run a kernel for the block."""
    manager = KernelManager()
    manager.start_kernel(cwd=str(NOTEBOOKS), env=environment(data))
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


def say(client: BlockingKernelClient, code: str) -> None:
    """Run code in a kernel; an error there is an AssertionError here."""
    answer = client.execute_interactive(code, timeout=CELL_SECONDS, output_hook=lambda _: None)
    assert answer["content"]["status"] == "ok", answer["content"]
