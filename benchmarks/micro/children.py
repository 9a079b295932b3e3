"""Processes that one measurement needs beside the system's own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psutil

from system.wiring import Settings

STOP_SECONDS = 10.0


@contextmanager
def child(module: str, *arguments: str, settings: Settings, pass_fds: Sequence[int] = ()) -> Iterator[psutil.Process]:
    """Run `python -m module` with these settings; it ends with the block, or with this process."""
    process = subprocess.Popen(  # noqa: S603 (our own modules)
        [sys.executable, "-m", module, *arguments],
        env={**os.environ, **settings.to_environment()},
        pass_fds=pass_fds,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)
        if process.stdin is not None:
            process.stdin.close()


def cpu_seconds(process: psutil.Process) -> float:
    """Return what a process has used so far."""
    times = process.cpu_times()
    return float(times.user + times.system)


def memory_mb(process: psutil.Process) -> float:
    """Return a process's memory in MB, shared pages in proportion (PSS); macOS tells only what is not shared."""
    memory: Any = process.memory_full_info()
    return float(getattr(memory, "pss", 0) or memory.uss) / 1e6
