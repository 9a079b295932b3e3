"""What an orchestrator sees of a worker, and when a worker makes room for a fresh one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import structlog

log = structlog.get_logger("worker")

LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Care:
    """Limits of a worker's life; None: none.

    `alive_file` is touched twice a second by the worker's event loop, so its age tells how long the loop is blocked; a
    Redis that is away does not make it older. It is gone when the worker has ended in good order.
    """

    max_tasks: int | None = None
    """Attempts after which it drains; looked at twice a second, so it may be some more."""
    max_rss_bytes: int | None = None
    """Memory above which it drains."""
    alive_file: Path | None = None

    async def run(self, attempts: Callable[[], int], retire: Callable[[], None]) -> None:
        """Look after a worker until cancelled; `retire` is called once."""
        if self == Care():
            return
        process, retired = psutil.Process(), False
        try:
            while True:
                if self.alive_file is not None:
                    self.alive_file.touch()
                if not retired and (why := self._over(attempts(), process)):
                    log.info("worker_retires", why=why)
                    retired = True
                    retire()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            if self.alive_file is not None:
                self.alive_file.unlink(missing_ok=True)

    def _over(self, attempts: int, process: psutil.Process) -> str | None:
        if self.max_tasks is not None and attempts >= self.max_tasks:
            return f"{attempts} attempts"
        if self.max_rss_bytes is not None and (rss := process.memory_info().rss) > self.max_rss_bytes:
            return f"{rss >> 20} MB of memory"
        return None
