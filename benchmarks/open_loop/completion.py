"""Learns which tasks are done, cheaply: from the API's list of tasks, 500 at a time and at most two pages a second.

When a task was done is not when somebody looked: it is the record's `finished_at`, by the server's clock. On one
machine that is the generator's clock too; on two, their difference is in the result. Asking for each task by itself
would be as many calls again as the load itself; the cost of the pages does not grow with the load.
"""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

PAGE = 500  # tasks, the most the API gives at once
PAGES = 2  # in one look
STRAGGLERS = 20  # tasks that are asked for by themselves in one look

Get = Callable[[str], Any]
"""Returns what the API answers to a path, or None where it does not."""
Report = Callable[[float, str], None]
"""Is told of each task that is done: milliseconds from its intended submit to its end, and its status."""


class Completion:
    """Tasks whose end is not known yet."""

    def __init__(self, get: Get, report: Report) -> None:
        self._get = get
        self._report = report
        self._open: dict[str, float] = {}
        self._looked_at = ""  # so far the last look came

    def __len__(self) -> int:
        return len(self._open)

    def expect(self, task_id: str, intended: float) -> None:
        """Watch a task from now on; `intended` is milliseconds since 1970."""
        self._open[task_id] = intended

    def look(self, pages: int = PAGES) -> None:
        """Read some pages, and report what is done; the next look goes on where this one came to an end."""
        waiting = sorted(self._open)  # ids sort by the time of acceptance
        start = bisect_right(waiting, self._looked_at)
        for _ in range(pages):
            if start >= len(waiting):
                self._looked_at = ""
                return
            window = waiting[start : start + PAGE]
            start += PAGE
            self._looked_at = window[-1]
            for task in self._tasks(window):
                self._note(task)

    def _tasks(self, window: list[str]) -> list[dict[str, Any]]:
        page = self._get(f"/tasks?limit={PAGE}&cursor={_after(window[-1])}")
        if page is None:
            return []
        tasks: list[dict[str, Any]] = page["items"]
        # Between the window's tasks there may be so many others that the page did not reach back to its oldest.
        missing = window[: bisect_left(window, tasks[-1]["id"])] if tasks else window
        few = random.sample(missing, min(len(missing), STRAGGLERS))
        return tasks + [task for one in few if (task := self._get(f"/tasks/{one}"))]

    def _note(self, task: dict[str, Any]) -> None:
        if task["finished_at"] and (intended := self._open.pop(task["id"], None)) is not None:
            finished = datetime.fromisoformat(task["finished_at"]).timestamp() * 1000
            self._report(finished - intended, task["status"])


def _after(task_id: str) -> str:
    return str(UUID(int=UUID(task_id).int + 1))
