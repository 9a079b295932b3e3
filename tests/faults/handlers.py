"""Task types whose doings in the world outside are written down: when each one began, and when it was done."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks.checker import journaled
from system.tasks.context import CLAIM
from system.tasks.handlers import Retry, task

JOURNAL = "TASKLAB_TEST_JOURNAL"  # environment variable: the file that all workers write to
BEAT = 0.01  # seconds
AT_ONCE = Retry(max_attempts=2, base=0.05, cap=0.05)


@task("act")
async def act(seconds: float = 0.0) -> str:
    """Act once; returns the token under which it was done."""
    with _effect():
        await asyncio.sleep(seconds)
    return CLAIM.get().token


@task("beat")
async def beat(until: str) -> str:
    """Act again and again until a file exists."""
    while not Path(until).exists():  # noqa: ASYNC240 (a file is what a test in another process can give)
        with _effect():
            await asyncio.sleep(BEAT)
    return CLAIM.get().token


@task("stuck")
async def stuck(until: str) -> str:
    """Act once, and let nothing else happen on the event loop until a file exists."""
    with _effect():
        while not Path(until).exists():  # noqa: ASYNC240
            time.sleep(BEAT)  # noqa: ASYNC251 (this is the fault)
    return CLAIM.get().token


@task("gorge", retry=AT_ONCE)
def gorge() -> int:
    """Ask for more memory than there is."""
    return len(bytearray(1 << 60))


@task("devoured", isolation="process", retry=AT_ONCE)
def devoured() -> None:
    """Die as the fattest process does when the machine runs out of memory."""
    os.kill(os.getpid(), signal.SIGKILL)


def _effect() -> AbstractContextManager[None]:
    claim = CLAIM.get()
    return journaled(Path(os.environ[JOURNAL]), task=claim.task.id, worker=claim.token)
