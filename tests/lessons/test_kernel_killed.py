"""A kernel that is killed, or restarted, leaves no process and no folder of data behind."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil
import pytest

from benchmarks.faults.processes import alive
from lab.home import SYSTEM
from tests.acceptance.running import until
from tests.lessons.kernels import kernel, say

UP = "from lab import Lab; lab = Lab(); lab.up(workers=1, watched=False)"
PHASE_1 = "from lab import Lab; lab = Lab(); lab.up(phase=1)"


def family(pid: int) -> list[int]:
    """Return all that a process has started, directly or not."""
    return [child.pid for child in psutil.Process(pid).children(recursive=True)]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("code", [UP, PHASE_1], ids=["phase-2", "phase-1"])
def test_a_killed_kernel_takes_its_system_along(tmp_path: Path, code: str) -> None:
    """SIGKILL leaves nobody time to tidy up; each child notices by itself. The next lab deletes what it stored."""
    with kernel(tmp_path) as (manager, client):
        say(client, code)
        pid = manager.provisioner.process.pid
        started = family(pid)
        assert started
        os.kill(pid, signal.SIGKILL)
        until(lambda: not any(map(alive, started)), "all that the kernel started has ended")
        assert list(tmp_path.glob(f"lab/*/{SYSTEM}*"))
        manager.restart_kernel(now=True)
        client.wait_for_ready(timeout=60)
        say(client, "from lab import Lab; lab = Lab(); lab.down(); lab.down()")
        assert not list(tmp_path.glob(f"lab/*/{SYSTEM}*"))


@pytest.mark.timeout(240)
def test_the_first_cell_may_run_again(tmp_path: Path) -> None:
    """A second Lab() in a kernel ends what the first one runs: there is one system at a time."""
    with kernel(tmp_path) as (manager, client):
        say(client, PHASE_1)
        (before,) = [
            one for one in family(manager.provisioner.process.pid) if "system" in psutil.Process(one).cmdline()
        ]
        say(client, PHASE_1)
        assert not alive(before)
        say(client, "assert lab.verdict is not None; lab.close(); lab.close()")
        assert not family(manager.provisioner.process.pid)
