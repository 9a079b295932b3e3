"""Lesson 03: calls to Redis for each task, worked out from Redis's own counters."""

from __future__ import annotations

from typing import Any

from lab.check.not_yet import NotYet, need, well_done

EXAMPLES = (
    ({"fcall": 100, "xadd": 7}, {"fcall": 400, "xadd": 9}, 100, 3.0),
    ({"fcall": 0}, {"fcall": 12}, 600, 0.02),
    ({"fcall": 5}, {"fcall": 5}, 10, 0.0),
)
"""Counters before, counters after, tasks, calls of functions (fcall) a task."""


def per_task(answer: Any) -> None:
    """Check a function (before, after, tasks) -> calls of `fcall` a task: exact on three examples."""
    need(callable(answer), "Write a function per_task(before, after, tasks).")
    for before, after, tasks, right in EXAMPLES:
        try:
            given = answer(dict(before), dict(after), tasks)
        except Exception as error:  # noqa: BLE001 (a student's code may raise anything)
            message = f"It raised {type(error).__name__}: {error}. Counters are dictionaries: after['fcall']."
            raise NotYet(message) from None
        need(given is not None, "It returned nothing. Count the calls between before and after, for each task.")
        need(
            abs(given - right) < 1e-9,  # noqa: PLR2004 (rounding)
            f"From {before['fcall']} to {after['fcall']} calls with {tasks} tasks: you say {given:g} a task. "
            "Subtract first, then divide by the number of tasks.",
        )
    well_done("Counters only ever rise: the difference is what your tasks cost.")
