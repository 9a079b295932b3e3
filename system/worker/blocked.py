"""Says, while a worker's event loop is blocked, in which line: who looks is a thread that is not."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable

import structlog

from system.worker.stacks import written

log = structlog.get_logger("worker")

BLOCKED_SECONDS = 1.0


class Blocked:
    """Looks at the loop of the thread that makes it; `lag` says by how many seconds that loop is late."""

    def __init__(self, lag: Callable[[], float]) -> None:
        self._lag = lag
        self._thread = threading.get_ident()
        self._told = False

    def look(self) -> None:
        """Log once for each blockage; call it often, from another thread."""
        lag = self._lag()
        if lag < BLOCKED_SECONDS:
            self._told = False
        elif not self._told:
            self._told = True
            log.warning("loop_blocked", seconds=round(lag, 1), where=self._where())

    def _where(self) -> str:
        frame = sys._current_frames().get(self._thread)  # noqa: SLF001 - there is no other way to look at a thread
        return written(traceback.extract_stack(frame)) if frame is not None else ""
