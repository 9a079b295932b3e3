"""What a student says to the system: lab = Lab(), lab.up(workers=4), lab.submit(…), lab.kill(), lab.verdict().

lab.py         the words themselves               run.py     what a run left, as pandas frames
systems.py     Phase 1 and Phase 2, started       plot/      the pictures
caller.py      the client that writes down        check/     the exercises' checks
home.py        the folder of one kernel           student.py makes the student's notebooks, publish.py the HTML
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lab.lab import Lab
    from lab.run import Run, Runs

__all__ = ["Lab", "Run", "Runs"]

PLACES = {"Lab": "lab.lab", "Run": "lab.run", "Runs": "lab.run"}


def __getattr__(name: str) -> Any:
    """Import what is asked for: workers import lab.task_types, and must not pay three seconds for pandas and plots."""
    if name in PLACES:
        return getattr(import_module(PLACES[name]), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
