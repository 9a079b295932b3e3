"""The supervisor: what dies is started again after a pause; what is told to end is let go in good order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from system.local.child import Death, Pauses
from system.local.output import Output
from system.local.processes import Supervisor

OBEYS = ["/bin/sh", "-c", "read -r _"]
STUBBORN = ["/bin/sh", "-c", "trap '' TERM; echo ready; while :; do read -r _; done"]
HAS_A_CHILD = ["/bin/sh", "-c", "sleep 600 & echo $!; wait"]
DEADLINE = 20.0


class Log:
    """Collects deaths and lines, and waits for them."""

    def __init__(self) -> None:
        self.deaths: list[Death] = []
        self.lines: list[tuple[str, str]] = []
        self._news = threading.Condition()

    def death(self, death: Death) -> None:
        """Note a death."""
        with self._news:
            self.deaths.append(death)
            self._news.notify_all()

    def line(self, name: str, line: str) -> None:
        """Note a line of output."""
        with self._news:
            self.lines.append((name, line))
            self._news.notify_all()

    def change(self) -> None:
        """Note that a process was started."""
        with self._news:
            self._news.notify_all()

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until something holds."""
        with self._news:
            assert self._news.wait_for(condition, DEADLINE)


@pytest.fixture
def log() -> Log:
    """What is heard of the processes."""
    return Log()


@pytest.fixture
def supervisor(log: Log) -> Iterator[Supervisor]:
    """A supervisor whose processes are gone after the test."""
    supervisor = Supervisor(on_change=log.change, on_death=log.death, pauses=Pauses(first=0.01, longest=0.05))
    yield supervisor
    supervisor.hurry()
    supervisor.stop(["one", "two", "kind", "stubborn"], 0.0)  # also one that is between two lives


@pytest.fixture
def output(tmp_path: Path, log: Log) -> Output:
    """Log files in a folder of the test's own."""
    return Output(tmp_path, log.line)


def launch(output: Output, name: str, command: list[str]) -> Callable[[], subprocess.Popen[bytes]]:
    """Return a function that starts the process."""
    return lambda: output.popen(name, command, environment={"PATH": os.defpath})


def test_what_is_killed_lives_again(supervisor: Supervisor, output: Output, log: Log) -> None:
    """A death is told, with its reason, and another process takes the place."""
    supervisor.add("one", launch(output, "one", OBEYS))
    first = supervisor.pids()["one"]
    supervisor.kill("one")
    log.wait_for(lambda: supervisor.pids().get("one", first) != first)
    assert log.deaths == [Death("one", first, -signal.SIGKILL)]
    assert str(log.deaths[0]) == f"one (pid {first}) was killed by SIGKILL"


def test_the_pause_grows_and_shrinks() -> None:
    """A process that can't live costs little; one that lived for long comes back at once."""
    pauses = Pauses(first=0.2, longest=10.0, early=30.0)
    pause, seen = None, []
    for lived in (0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 31.0, 0.1):
        pause = pauses.after(pause, lived)
        seen.append(pause)
    assert seen == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 0.2, 0.4]


def test_a_failing_start_is_tried_again(supervisor: Supervisor, output: Output, log: Log) -> None:
    """What goes wrong at the first start is the caller's to hear; later it is one more early death."""
    failures = [OSError("no memory"), OSError("no memory")]

    def start() -> subprocess.Popen[bytes]:
        if log.deaths and failures:
            raise failures.pop()
        return output.popen("one", OBEYS, environment={"PATH": os.defpath})

    supervisor.add("one", start)
    first = supervisor.pids()["one"]
    supervisor.kill("one")
    log.wait_for(lambda: supervisor.pids().get("one", first) != first)
    assert not failures
    with pytest.raises(FileNotFoundError):
        supervisor.add("two", launch(output, "two", ["/no/such/program"]))


def test_stop_is_kind_first(supervisor: Supervisor, output: Output, log: Log) -> None:
    """SIGTERM for all at once; only what does not obey within the grace is killed. None of it counts as a death."""
    supervisor.add("kind", launch(output, "kind", OBEYS))
    supervisor.add("stubborn", launch(output, "stubborn", STUBBORN))
    log.wait_for(lambda: ("stubborn", "ready") in log.lines)
    processes = [psutil.Process(pid) for pid in supervisor.pids().values()]
    supervisor.hurry()
    supervisor.stop(["kind", "stubborn"], grace_seconds=60.0)
    assert not any(process.is_running() for process in processes)
    assert log.deaths == []
    assert supervisor.pids() == {}


def test_a_dead_process_leaves_no_children(supervisor: Supervisor, output: Output, log: Log) -> None:
    """A killed worker's own child processes go with it."""
    supervisor.add("one", launch(output, "one", HAS_A_CHILD))
    log.wait_for(lambda: bool(log.lines))
    grandchild = psutil.Process(int(log.lines[0][1]))
    supervisor.kill("one")
    log.wait_for(lambda: bool(log.deaths))
    gone(grandchild)


def test_a_child_ends_with_its_parent() -> None:
    """`exit_with_parent` waits for the end of standard input and then takes the whole process group along."""
    code = (
        "import subprocess, threading\n"
        "from system.local.parent import exit_with_parent\n"
        "exit_with_parent()\n"
        "print(subprocess.Popen(['cat'], stdin=subprocess.PIPE).pid, flush=True)\n"
        "threading.Event().wait()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, text=True
    ) as child:
        assert child.stdin
        assert child.stdout
        grandchild = psutil.Process(int(child.stdout.readline()))
        child.stdin.close()
        assert child.wait(DEADLINE) != 0
    gone(grandchild)


def test_output_goes_to_a_file_and_to_the_terminal(
    supervisor: Supervisor, output: Output, log: Log, tmp_path: Path
) -> None:
    """A restart adds to the file, so that what led to the death can be read."""
    supervisor.add("one", launch(output, "one", ["/bin/sh", "-c", "echo hello; read -r _"]))
    log.wait_for(lambda: log.lines == [("one", "hello")])
    supervisor.kill("one")
    log.wait_for(lambda: log.lines == [("one", "hello")] * 2)
    assert (tmp_path / "one.log").read_text() == "hello\nhello\n"


def gone(process: psutil.Process) -> None:
    """Wait for a process's end; one that only waits to be collected is at its end."""
    deadline = time.monotonic() + DEADLINE
    with suppress(psutil.NoSuchProcess):
        while process.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline
            time.sleep(0.005)
