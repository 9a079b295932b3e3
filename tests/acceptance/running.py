"""TaskLab as its users run it: real commands, real processes, a data folder of the test's own."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import psutil
import pytest

from system.cli import main
from system.local.data_folder import DataFolder, Note

ROOT = Path(__file__).parents[2]
SECONDS = 60.0  # nothing takes as long unless it is broken
PAUSE = 0.02
OVER = {"succeeded", "dead", "cancelled"}


def until(condition: Callable[[], Any], what: str, seconds: float = SECONDS) -> Any:
    """Wait until `condition()` is true and return what it returned."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(PAUSE)
    return found


def gone(pid: int) -> bool:
    """Whether a process has ended; one that only waits to be collected has."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


class Up:
    """A running system, seen through its API."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def submit(self, *tasks: dict[str, Any]) -> list[str]:
        """Submit tasks in one batch and return their ids."""
        answer = self.http.post("/tasks/batch", json={"tasks": tasks})
        assert answer.status_code == 202, answer.text
        return list(answer.json()["ids"])

    def task(self, task_id: str) -> dict[str, Any]:
        """Return a task as the API shows it."""
        answer = self.http.get(f"/tasks/{task_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def ended(self, task_ids: list[str]) -> list[dict[str, Any]]:
        """Wait until tasks are over and return them."""
        return [until(partial(self._if_over, one), f"end of task {one}") for one in task_ids]

    def attempts(self, task_id: str) -> list[dict[str, Any]]:
        """Return what became of a task's attempts."""
        return list(self.http.get(f"/tasks/{task_id}/attempts").json())

    def stats(self) -> dict[str, Any]:
        """Return the queue's figures."""
        return dict(self.http.get("/tasks/queue/stats").json())

    def _if_over(self, task_id: str) -> dict[str, Any] | None:
        task = self.task(task_id)
        return task if task["status"] in OVER else None


class Command(Up):
    """A running `tasklab up`."""

    def __init__(self, http: httpx.Client, process: subprocess.Popen[bytes], note: Note) -> None:
        super().__init__(http)
        self.process = process
        self.note = note

    def stop(self) -> int:
        """Ask it to drain and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(SECONDS)


class Tasklab:
    """The command `tasklab` in one data folder."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.data = data
        self.folder = DataFolder(data)
        mine = {
            name: text for name, text in os.environ.items() if not name.startswith(("TASKLAB_", "REDIS_", "DATABASE_"))
        }
        self.environment = {**mine, "TASKLAB_DATA": str(data), **environment}

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run a command to its end and return what it printed, errors included."""
        done = subprocess.run(
            self._command(arguments),
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == code, f"exit code {done.returncode}:\n{done.stdout}"
        return done.stdout

    def call(self, *arguments: str, code: int = 0) -> str:
        """Do what `run` does, for a short command, without the second that a new process takes to start."""
        printed = io.StringIO()
        with (
            patch.dict(os.environ, self.environment, clear=True),
            patch.object(sys, "argv", ["tasklab", *arguments]),
            redirect_stdout(printed),
            redirect_stderr(printed),
            pytest.raises(SystemExit) as ended,
        ):
            main()
        assert ended.value.code == code, f"exit code {ended.value.code}:\n{printed.getvalue()}"
        return printed.getvalue()

    def ask(self, *arguments: str) -> Any:
        """Call a command with --json and return what it says."""
        return json.loads(self.call(*arguments, "--json"))

    @contextmanager
    def start(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """Start a command that goes on; it is gone afterwards."""
        self.data.parent.mkdir(parents=True, exist_ok=True)
        with (self.data.parent / f"{self.data.name}.out").open("ab") as out:
            process = subprocess.Popen(
                self._command(arguments), cwd=ROOT, env=self.environment, stdout=out, stderr=subprocess.STDOUT
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    @contextmanager
    def up(self, *arguments: str) -> Iterator[Command]:
        """Run `tasklab up` and give it once its API answers; everything is gone afterwards."""
        with self.start("up", "--port", "0", *arguments) as process:
            note = until(lambda: self._note(process), "tasklab up")
            with httpx.Client(base_url=note.api_url or "", timeout=SECONDS) as http:
                assert http.get("/health/live").status_code == 200
                yield Command(http, process, note)

    def children(self) -> dict[str, int]:
        """Return names and pids of what the running system keeps alive."""
        note = self.folder.running()
        assert note is not None, "nothing runs"
        return note.children

    def printed(self) -> str:
        """Return what the commands of `start` and `up` printed so far."""
        return (self.data.parent / f"{self.data.name}.out").read_text("utf-8")

    def _note(self, process: subprocess.Popen[bytes]) -> Note | None:
        assert process.poll() is None, self.printed()
        note = self.folder.running()
        return note if note and note.api_url else None

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "system", *arguments]
