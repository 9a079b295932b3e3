"""What handlers say of how far they are, until it is sent: of each task the newest word."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from system.tasks.context import Report


class Reports:
    """Taken from any thread. `nudge` is called where there was nothing to send until now."""

    def __init__(self, nudge: Callable[[], None]) -> None:
        self._nudge = nudge
        self._lock = Lock()
        self._newest: dict[str, Report] = {}

    def note(self, report: Report) -> None:
        """Keep a report in the place of the task's earlier one."""
        with self._lock:
            first = not self._newest
            self._newest[report.task_id] = report
        if first:
            self._nudge()

    def take(self) -> list[Report]:
        """Return what is to be sent, once."""
        with self._lock:
            reports, self._newest = list(self._newest.values()), {}
        return reports
