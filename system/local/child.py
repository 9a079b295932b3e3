"""One process that is kept alive: started again, after a growing pause, whenever it dies."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from system.tasks.errors import TaskLabError

Launch = Callable[[], subprocess.Popen[bytes]]
"""Starts the process; called anew for every life, from the thread that watches over it."""


@dataclass(frozen=True, slots=True)
class Death:
    """A process ended without having been told to."""

    name: str
    pid: int
    returncode: int
    """Negative: the number of the signal that killed it."""

    def __str__(self) -> str:
        """Tell it in words."""
        if self.returncode < 0:
            return f"{self.name} (pid {self.pid}) was killed by {signal.Signals(-self.returncode).name}"
        return f"{self.name} (pid {self.pid}) ended with exit code {self.returncode}"


@dataclass(frozen=True, slots=True)
class Pauses:
    """How long to wait before a process is started again, in seconds: twice as long after each early death."""

    first: float = 0.2
    longest: float = 10.0
    early: float = 30.0
    """A process that lived longer begins with the first pause again."""

    def after(self, last: float | None, lived: float) -> float:
        """Return the pause after a life of so many seconds; `last` is the pause before that life."""
        if last is None or lived > self.early:
            return self.first
        return min(self.longest, last * 2)


PATIENT = Pauses()


class Child:
    """A process, the thread that waits for its end, and how to start it again.

    `on_start()` and `on_death(death)` are called in that thread: after each start, and before the next one.
    """

    def __init__(
        self,
        name: str,
        launch: Launch,
        *,
        on_start: Callable[[], None],
        on_death: Callable[[Death], None],
        pauses: Pauses,
    ) -> None:
        self.name = name
        self._launch = launch
        self._on_start = on_start
        self._on_death = on_death
        self._pauses = pauses
        self._process: subprocess.Popen[bytes] | None = None
        self._starting = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"watch-{name}", daemon=True)

    @property
    def pid(self) -> int | None:
        """Of the living process; None between two lives."""
        process = self._process
        return process.pid if process and process.returncode is None else None

    def start(self) -> None:
        """Start the process; what goes wrong with the first start is raised here."""
        self._process = self._launch()
        self._thread.start()

    def signal(self, number: int) -> None:
        """Send a signal to the process if it lives."""
        if self._process is not None:
            self._process.send_signal(number)

    def ask_to_end(self) -> None:
        """Send SIGTERM and don't start the process again."""
        self._stopping.set()
        with self._starting:
            self.signal(signal.SIGTERM)

    def ended(self, seconds: float) -> bool:
        """Wait up to so many seconds for the end that `ask_to_end` asked for."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _watch(self) -> None:
        pause: float | None = None
        while self._process is not None:
            lived = self._live(self._process)
            retired = self._process.returncode == 0  # it made room by its own will: the next one is not to wait
            pause = self._pauses.after(None if retired else pause, lived)
            while not self._start_again(pause):
                if self._stopping.is_set():
                    return
                pause = self._pauses.after(pause, 0.0)

    def _live(self, process: subprocess.Popen[bytes]) -> float:
        """See one process through its life and return how many seconds it lasted."""
        began = time.monotonic()
        self._on_start()
        returncode = process.wait()
        _clear_up_after(process)
        if not self._stopping.is_set():
            self._on_death(Death(self.name, process.pid, returncode))
        return time.monotonic() - began

    def _start_again(self, pause: float) -> bool:
        if self._stopping.wait(pause):
            return False
        with self._starting, contextlib.suppress(TaskLabError, OSError):
            if not self._stopping.is_set():
                self._process = self._launch()
                return True
        return False


def _clear_up_after(process: subprocess.Popen[bytes]) -> None:
    """End what a dead process left behind: its own children are in the process group it led."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.stdin is not None:
        process.stdin.close()
