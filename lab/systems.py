"""The two systems that lessons compare: Phase 1, all in one process, and Phase 2, a process for each part."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from benchmarks.checker import FaultKind
from benchmarks.engine.remote_workers import RemoteWorkers
from benchmarks.faults import processes
from benchmarks.faults.log import FaultLog
from benchmarks.faults.waiting import until
from system.local.child import Pauses
from system.local.data_folder import DataFolder
from system.local.guard import Guard
from system.local.http_probe import wait_until_live
from system.local.output import Output
from system.local.stack import WorkerProcess
from system.tasks.errors import TaskLabError
from system.wiring import Settings, make_stack, with_places

TASK_TYPES = "lab.task_types"
START_SECONDS = 60.0
STOP_SECONDS = 10.0
LOG_CHARACTERS = 2_000
SOON = Pauses(first=0.3, longest=1.0)  # a killed worker is back before the students have looked up
EVERYTHING = "everything"


class System(Protocol):
    """What both can do."""

    api_url: str
    settings: Settings
    phase: int

    def workers(self) -> list[WorkerProcess]:
        """Return the workers alive right now."""

    def pids(self) -> dict[str, int]:
        """Return the processes alive right now by name."""

    def add_workers(self, count: int) -> None:
        """Start more workers."""

    def kill(self, name: str, log: FaultLog) -> None:
        """SIGKILL the process of a name, or "everything"."""

    def stop(self) -> None:
        """End it all; safe to call twice."""


class PhaseOne:
    """API, queue, worker and record in one process, in memory. It is not started again when it dies."""

    phase = 1

    def __init__(self, folder: Path, *, concurrency: int) -> None:
        self.settings = with_places(Settings(data=folder, imports=TASK_TYPES))
        command = [sys.executable, "-m", "system", "up", "--phase", "1", "--port", "0"]
        environment = {**os.environ, **self.settings.to_environment()}
        self._process = Output(folder / "logs").popen(
            "phase-1", [*command, "--concurrency", str(concurrency)], environment=environment
        )
        self._guard = Guard(self._process.pid)  # it does not watch for its parent's end itself
        try:
            self.api_url = self._wait_for_url(DataFolder(folder))
        except BaseException:
            self.stop()
            raise

    def workers(self) -> list[WorkerProcess]:
        """Return the one process, which is the worker too."""
        return [WorkerProcess("worker", "worker", pid) for pid in self.pids().values()]

    def pids(self) -> dict[str, int]:
        """Return the one process."""
        return {"phase-1": self._process.pid} if self._process.poll() is None else {}

    def add_workers(self, count: int) -> None:
        """Raise TaskLabError: the queue is in one process's memory, and no other one can see it."""
        message = f"Phase 1 can't have {count} more: its queue is in the memory of one process"
        raise TaskLabError(message)

    def kill(self, name: str, log: FaultLog) -> None:  # noqa: ARG002 (there is but one)
        """SIGKILL the process."""
        kill_at_once({"worker": self._process.pid}, log)

    def stop(self) -> None:
        """End the process."""
        if self._process.poll() is None:
            self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
        self._process.kill()
        self._guard.dismiss()
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _wait_for_url(self, folder: DataFolder) -> str:
        def noted() -> bool:
            return self._process.poll() is not None or folder.running() is not None

        until(noted, "Phase 1 starts", seconds=START_SECONDS)
        note = folder.running()
        if note is None or note.api_url is None:
            log = (folder.logs / "phase-1.log").read_text("utf-8", errors="replace")
            message = f"Phase 1 did not start:\n{log[-LOG_CHARACTERS:]}"
            raise TaskLabError(message)
        wait_until_live(note.api_url, given_up=lambda: self._process.poll() is not None)
        return note.api_url


class PhaseTwo:
    """Server, API, upkeep and workers, each a process that is started again when it dies.

    `watched`: this process sees a worker die and ends its leases at once, as on one machine. Otherwise the workers
    are as on other machines, where nobody sees it: their leases have to run out.
    """

    phase = 2

    def __init__(self, folder: Path, settings: Settings, *, workers: int, concurrency: int, watched: bool) -> None:
        settings = with_places(replace(settings, data=folder, imports=TASK_TYPES))
        with contextlib.ExitStack() as undo:
            local = workers if watched else 0
            self._stack = undo.enter_context(
                make_stack(settings, workers=local, concurrency=concurrency, pauses=SOON, imports=())
            )
            self._folder = DataFolder(folder)
            self.api_url = self._stack.api_url
            self.settings = replace(settings, redis_url=self._stack.redis_url, database_url=self._stack.database_url)
            environment = {**os.environ, **self.settings.to_environment()}
            self._remote = undo.enter_context(
                RemoteWorkers(
                    workers - local,
                    concurrency=concurrency,
                    environment=environment,
                    logs=self._folder.logs,
                    pauses=SOON,
                    grace_seconds=settings.grace_seconds,
                )
            )
            self._undo = undo.pop_all()

    def workers(self) -> list[WorkerProcess]:
        """Return the workers alive right now."""
        return [*self._stack.workers(), *self._remote.workers()]

    def pids(self) -> dict[str, int]:
        """Return all processes alive right now."""
        note = self._folder.running()
        remote = {worker.name: worker.pid for worker in self._remote.workers()}
        return {**(note.children if note else {}), **remote}

    def add_workers(self, count: int) -> None:
        """Start more workers, watched ones."""
        self._stack.scale(len(self._stack.workers()) + count)

    def kill(self, name: str, log: FaultLog) -> None:
        """SIGKILL a process, or all of them at once: the power fails, and comes back."""
        ids = {worker.name: worker.id for worker in self.workers()}
        pids = self.pids()
        if name not in (EVERYTHING, *pids):
            message = f"nothing called {name!r} is alive; there are {', '.join(sorted(pids))}"
            raise TaskLabError(message)
        chosen = pids if name == EVERYTHING else {name: pids[name]}
        kill_at_once({ids.get(one, one): pid for one, pid in chosen.items()}, log)

    def stop(self) -> None:
        """Drain the workers and end everything."""
        self._undo.close()


def kill_at_once(pids: Mapping[str, int], log: FaultLog) -> None:
    """SIGKILL processes, by the names the checker knows them by, and wait until all are dead."""
    with contextlib.ExitStack() as faults:
        for target in pids:
            faults.enter_context(log.during(FaultKind.KILL, target))
        for pid in pids.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        until(lambda: not any(map(processes.alive, pids.values())), "all are dead")
