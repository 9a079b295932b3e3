"""Keeps as many workers on this machine as there should be."""

from __future__ import annotations

import threading
from collections.abc import Callable

from system.tasks.errors import TaskLabError

LOOK_SECONDS = 1.0


class Autoscale:
    """A thread that reads how many workers are wanted and has them started or drained.

    `desired()` is None where nobody decides: then all stays as it is. `scale(workers)` returns once those too many have
    drained; so tasks that run are never cut off by it, and the next decision waits for them.
    """

    def __init__(
        self,
        desired: Callable[[], int | None],
        scale: Callable[[int], None],
        *,
        workers: int,
        tell: Callable[[str], None],
    ) -> None:
        self._desired = desired
        self._scale = scale
        self._workers = workers
        self._tell = tell
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="autoscale", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, after what is under way."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            try:
                self._round()
            except (TaskLabError, OSError) as error:
                self._tell(f"can't scale: {error}")

    def _round(self) -> None:
        wanted = self._desired()
        if wanted is not None and wanted != self._workers:
            self._tell(f"from {self._workers} to {wanted} workers")
            self._workers = wanted
            self._scale(wanted)
