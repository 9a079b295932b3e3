"""Killing and pausing real processes, and what the log says of it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from benchmarks.checker import FaultKind
from benchmarks.faults.log import FaultLog, now_ms
from benchmarks.faults.processes import alive, family, kill, paused

COUNTING = "import itertools\nfor number in itertools.count(): print(number, flush=True)"
PARENT = "import subprocess, sys\nchild = subprocess.Popen(['sleep', '60'])\nprint(child.pid, flush=True)\nchild.wait()"


@pytest.fixture
def counting() -> Iterator[subprocess.Popen[str]]:
    """Give a process that counts."""
    with subprocess.Popen([sys.executable, "-c", COUNTING], stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_a_killed_process_is_dead_when_the_call_returns(counting: subprocess.Popen[str]) -> None:
    """Though nobody has reaped it; the log has the moments before and after."""
    log = FaultLog()
    before = now_ms()
    assert kill(counting.pid, "worker-1", log)
    assert not alive(counting.pid)
    assert counting.wait() == -9
    (fault,) = log.faults
    assert (fault.kind, fault.target) == (FaultKind.KILL, "worker-1")
    assert before <= fault.at <= fault.until <= now_ms()


def test_what_is_dead_already_is_no_kill(counting: subprocess.Popen[str]) -> None:
    """The bound counts kills: none may be counted that hit nobody."""
    log = FaultLog()
    counting.kill()
    counting.wait()
    assert not kill(counting.pid, "worker-1", log)
    assert log.faults == []


def test_a_paused_process_stands_still_and_goes_on(counting: subprocess.Popen[str]) -> None:
    """It is logged from the stop to the going on."""
    log = FaultLog()
    process = psutil.Process(counting.pid)
    assert counting.stdout is not None
    counting.stdout.readline()
    with paused(counting.pid, "worker-1", log):
        used = process.cpu_times()
        end = time.monotonic() + 0.05
        while time.monotonic() < end:
            assert process.status() == psutil.STATUS_STOPPED
        assert process.cpu_times() == used
        assert log.faults == []
    assert process.status() != psutil.STATUS_STOPPED
    (fault,) = log.faults
    assert (fault.kind, fault.target) == (FaultKind.PAUSE, "worker-1")
    assert fault.until - fault.at >= 50


def test_a_process_goes_on_whatever_happens_in_the_block(counting: subprocess.Popen[str]) -> None:
    """A failing test must not leave a stopped process behind."""
    log = FaultLog()
    with pytest.raises(RuntimeError), paused(counting.pid, "worker-1", log):
        raise RuntimeError
    assert psutil.Process(counting.pid).status() != psutil.STATUS_STOPPED
    assert len(log.faults) == 1


def test_a_paused_process_may_be_killed(counting: subprocess.Popen[str]) -> None:
    """A soak's faults overlap."""
    log = FaultLog()
    with paused(counting.pid, "worker-1", log):
        assert kill(counting.pid, "worker-1", log)
        counting.wait()
    assert {fault.kind for fault in log.faults} == {FaultKind.KILL, FaultKind.PAUSE}


def test_a_family_is_a_process_and_its_descendants() -> None:
    """So that a server of several processes can be hit as a whole."""
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert family(parent.pid) == [parent.pid, child]
        for pid in (child, parent.pid):
            kill(pid, "x", FaultLog())
