"""A queue's processes: workers that are started one by one, measured, and never left behind."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import psutil

from benchmarks.faults.processes import family

MB = 1_000_000


class Member:
    """A process and all that it starts; its output goes to a log."""

    def __init__(self, command: Sequence[str], variables: Mapping[str, str], log: Path, *, pipes: bool = False) -> None:
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(  # noqa: S603 (commands of the catalogue)
                command,
                env=dict(variables),
                cwd=log.parent,
                stdin=subprocess.PIPE if pipes else subprocess.DEVNULL,
                stdout=subprocess.PIPE if pipes else output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The first of its processes."""
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Whether the first process runs."""
        return self.process.poll() is None

    def last_words(self) -> str:
        """Return the end of its log, on one line."""
        lines = self.log.read_text("utf-8", errors="replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        return said[-1][:200] if said else "it said nothing"

    def cpu_seconds(self) -> float:
        """Return what it and its descendants have used, dead ones included."""
        return sum(sum(psutil.Process(pid).cpu_times()[:4]) for pid in family(self.pid))

    def pss_mb(self) -> float:
        """Return its memory, shared pages counted in proportion."""
        return sum(float(psutil.Process(pid).memory_full_info().pss) for pid in family(self.pid)) / MB

    def kill(self) -> None:
        """End all of its processes with SIGKILL; safe to call twice."""
        if self.alive:
            with suppress(psutil.NoSuchProcess):
                for pid in family(self.pid):  # the first one first: it might replace the others
                    with suppress(psutil.NoSuchProcess):
                        psutil.Process(pid).kill()
        with suppress(ProcessLookupError):
            os.killpg(self.pid, 9)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            _close(pipe)


def _close(pipe: IO[bytes] | None) -> None:
    if pipe is not None:
        with suppress(OSError):
            pipe.close()
