"""Processes that die or freeze: SIGKILL, SIGSTOP, SIGCONT, each put into the log.

`target` is what the checker knows the process by: a worker's id, or a part of the system ("api", "upkeep", "redis").
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import psutil

from benchmarks.checker.history import FaultKind
from benchmarks.faults.log import FaultLog
from benchmarks.faults.waiting import until

DEAD = frozenset({psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD})
AT_REST = DEAD | {psutil.STATUS_STOPPED}


def kill(pid: int, target: str, log: FaultLog) -> bool:
    """Kill a process with SIGKILL and wait until it is dead, be it that its parent has yet to reap it.

    Returns False, and logs nothing, where it was dead already.
    """
    if not alive(pid):
        return False
    with log.during(FaultKind.KILL, target), suppress(psutil.NoSuchProcess):
        psutil.Process(pid).send_signal(signal.SIGKILL)
        until(lambda: not alive(pid), f"{target} dies")
    return True


@contextmanager
def paused(pid: int, target: str, log: FaultLog) -> Iterator[None]:
    """Stop a process, with all its threads, for as long as the block lasts; its children run on.

    Raises psutil.NoSuchProcess where there is none.
    """
    with log.during(FaultKind.PAUSE, target), stopped(pid):
        yield


@contextmanager
def stopped(*pids: int) -> Iterator[None]:
    """Stop processes for as long as the block lasts, without a log."""
    with ExitStack() as undo:
        for pid in pids:
            process = psutil.Process(pid)
            process.send_signal(signal.SIGSTOP)
            undo.callback(_go_on, process)
        until(lambda: all(_status(pid) in AT_REST for pid in pids), f"processes {pids} stop")
        yield


def family(pid: int) -> list[int]:
    """Return a process and its living descendants, the process itself first."""
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


def alive(pid: int) -> bool:
    """Whether a process runs, or could; one that only waits to be reaped does not."""
    return _status(pid) not in DEAD


def _status(pid: int) -> str:
    try:
        return str(psutil.Process(pid).status())
    except psutil.NoSuchProcess:
        return str(psutil.STATUS_DEAD)


def _go_on(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):  # it may have been killed meanwhile
        process.send_signal(signal.SIGCONT)
