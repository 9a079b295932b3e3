"""The folder of one kernel: its systems, its predictions, its records; and the cleaning up after kernels that died.

.tasklab/lab/20260101-120000-4711/   named by time and pid; `lock` is held as long as the kernel lives
    predictions.json                 what the student expected, kept
    system-1/                        a system's data and logs; `stack.json` there notes the pids of its processes
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO

import psutil

LOCK = "lock"
SYSTEM = "system-"
END_SECONDS = 5.0


class Home:
    """Made once by each kernel; it is this kernel's until its end, however that comes."""

    def __init__(self, root: Path) -> None:
        self.path = root.absolute() / f"{datetime.now():%Y%m%d-%H%M%S}-{os.getpid()}"  # noqa: DTZ005 (for people)
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = (self.path / LOCK).open("ab")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._systems = 0

    def new_system(self) -> Path:
        """Return the folder of the next system, which does not exist yet."""
        self._systems += 1
        return self.path / f"{SYSTEM}{self._systems}"

    def close(self) -> None:
        """Give the folder up; its systems' data go, what was predicted and recorded stays."""
        clean(self.path)
        self._lock.close()


def clean_up_after_the_dead(root: Path) -> list[int]:
    """End what dead kernels left running and delete their systems' data; returns the pids that had to be ended."""
    ended: list[int] = []
    for folder in sorted(root.absolute().glob("*/")):
        with _lock_of(folder) as lock:
            if lock is not None:
                ended += clean(folder)
    return ended


def clean(folder: Path) -> list[int]:
    """End all processes that work in a folder's systems, then delete these."""
    left = [process for system in folder.glob(f"{SYSTEM}*") for process in _working_in(system)]
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=END_SECONDS)
    for system in folder.glob(f"{SYSTEM}*"):
        shutil.rmtree(system, ignore_errors=True)
    return [process.pid for process in left]


def _working_in(system: Path) -> Iterator[psutil.Process]:
    """Find a system's processes by what they were started with: a noted pid may be a stranger's by now."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            told = [process.environ().get("TASKLAB_DATA", ""), *process.cmdline()]
            if process.pid != os.getpid() and any(Path(word).is_relative_to(system) for word in told):
                yield process


@contextlib.contextmanager
def _lock_of(folder: Path) -> Iterator[IO[bytes] | None]:
    """Hold a folder's lock for the block; None where somebody lives there, or it is no kernel's folder."""
    try:
        lock = (folder / LOCK).open("rb")
    except OSError:
        yield None
        return
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield None
        else:
            yield lock
