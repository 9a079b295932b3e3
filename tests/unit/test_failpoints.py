"""Failpoints: off unless asked for twice, and then as deadly as a power cut."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from system.tasks.errors import TaskLabError
from system.telemetry.failpoints import NAMES, arm, failpoint

LOOP = """
import sys
from system.telemetry.failpoints import arm, failpoint
arm(sys.argv[1], allowed=True)
try:
    for number in range(1, 6):
        print(number, flush=True)
        failpoint("worker.after_claim")
finally:
    print("cleaned up")
"""


def run(spec: str) -> tuple[int, list[str]]:
    """Pass a failpoint five times in a process of its own; return its exit code and what it printed."""
    done = subprocess.run([sys.executable, "-c", LOOP, spec], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.split("\n")[:-1]


def test_the_nth_pass_is_the_last_thing_a_process_does() -> None:
    """Nothing runs after it, no `finally` either: that is what SIGKILL means."""
    assert run("worker.after_claim:3") == (-signal.SIGKILL, ["1", "2", "3"])


def test_without_a_number_the_first_pass_kills() -> None:
    """`name` is short for `name:1`."""
    assert run("worker.after_claim") == (-signal.SIGKILL, ["1"])


def test_another_failpoint_is_passed_unharmed() -> None:
    """Only the named place is deadly."""
    assert run("worker.before_run")[0] == 0


def test_a_failpoint_needs_permission() -> None:
    """A variable left behind in production must not kill anybody: without TASKLAB_FAULTS=1 the process won't start."""
    with pytest.raises(TaskLabError, match="TASKLAB_FAULTS=1"):
        arm("worker.after_claim", allowed=False)


@pytest.mark.parametrize("spec", [None, ""])
def test_off_needs_no_permission(spec: str | None) -> None:
    """The usual case: nothing asked for."""
    arm(spec, allowed=False)
    failpoint("worker.after_claim")


def test_an_unknown_name_is_refused_with_the_names_there_are() -> None:
    """A typing error must not make a crash trial pass because nothing crashed."""
    with pytest.raises(TaskLabError, match=r"worker\.after_claims.*recorder\.after_commit"):
        arm("worker.after_claims", allowed=True)


@pytest.mark.parametrize(
    "spec", ["worker.after_claim:0", "worker.after_claim:-1", "worker.after_claim:x", "api.after_put:"]
)
def test_a_number_that_is_none_is_refused(spec: str) -> None:
    """Passes are counted from one."""
    with pytest.raises(TaskLabError, match="from 1 up"):
        arm(spec, allowed=True)


def test_every_step_of_a_tasks_way_has_one() -> None:
    """The names are part of the contract with those who write crash trials."""
    assert set(NAMES) == {
        *("api.before_commit", "api.after_commit", "api.after_put"),
        *("worker.after_claim", "worker.before_run", "worker.after_run", "worker.after_finish"),
        *("recorder.before_commit", "recorder.after_commit"),
    }


def test_off_it_costs_nearly_nothing() -> None:
    """They stay in the hot path, so a pass has to be far below the 20 µs a no-op task takes."""
    begin = time.process_time()
    for _ in range(100_000):
        failpoint("worker.after_run")
    assert time.process_time() - begin < 0.2
