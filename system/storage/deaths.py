"""Which dead tasks are meant: a filter that lists, requeues and deletes them by the same rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from system.storage.tables import tasks
from system.tasks.outcome import Reason
from system.tasks.task import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Deaths:
    """What is None does not narrow. Times are ms since 1970: died at `after_ms` or later, and before `before_ms`."""

    type: str | None = None
    queue: str | None = None
    reason: Reason | None = None
    after_ms: int | None = None
    before_ms: int | None = None

    def conditions(self) -> list[Any]:
        """Return what a dead task's row must fulfil."""
        wanted = {"type": self.type, "queue": self.queue, "reason": self.reason}
        found = [tasks.c.status == Status.DEAD]
        found += [tasks.c[name] == value for name, value in wanted.items() if value is not None]
        if self.after_ms is not None:
            found.append(tasks.c.finished_at >= self.after_ms)
        if self.before_ms is not None:
            found.append(tasks.c.finished_at < self.before_ms)
        return found


ALL = Deaths()
