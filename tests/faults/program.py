"""One of TaskLab's processes, started by a test, to be hit by it."""

from __future__ import annotations

import signal
import subprocess
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks.checker import FaultKind
from benchmarks.faults.log import FaultLog
from benchmarks.faults.processes import kill, paused, stopped
from tests.faults.waiting import until


class Program:
    """A process; `name` is what the checker knows it by. Whatever is done to it gets into the log of faults."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: FaultLog, output: Path) -> None:
        self.name = name
        self.pid = process.pid
        self._process = process
        self._log = log
        self._output = output

    @property
    def code(self) -> int | None:
        """Its exit code; None while it lives."""
        return self._process.poll()

    def printed(self) -> str:
        """Return what it, and those of its name before it, logged so far."""
        return self._output.read_text("utf-8")

    def kill(self) -> None:
        """End it with SIGKILL."""
        assert kill(self.pid, self.name, self._log), f"{self.name} is dead already:\n{self.printed()}"

    def paused(self) -> AbstractContextManager[None]:
        """Stop it for as long as the block lasts."""
        return paused(self.pid, self.name, self._log)

    def asleep(self) -> AbstractContextManager[None]:
        """Keep it, idle as it is, from taking work; that is no fault."""
        return stopped(self.pid)

    async def died(self) -> None:
        """Wait until it has killed itself: at a failpoint, or over a task."""
        await until(lambda: self.code is not None, f"{self.name} dies")
        with self._log.during(FaultKind.KILL, self.name):
            assert self.code == -signal.SIGKILL, self.printed()

    async def drain(self) -> None:
        """Ask it to end, and see that it does so in good order."""
        self._process.send_signal(signal.SIGTERM)
        await until(lambda: self.code is not None, f"{self.name} drains")
        assert self.code == 0, self.printed()

    def close(self) -> None:
        """Leave nothing behind."""
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
