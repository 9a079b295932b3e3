"""The load on a system: two clients, each a process of its own, one over HTTP and one through the Python client."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from benchmarks.checker import Answer
from benchmarks.engine.system import System
from system.local.output import Output
from system.tasks.errors import TaskLabError

LAST_ANSWERS_SECONDS = 60.0  # longer than a task of unknown fate is sent again


class Load:
    """Runs between entering and leaving the block; `folder` gets a file of operations for each client.

    `rate` is tasks a second, all clients together, on average.
    """

    def __init__(self, system: System, folder: Path, *, rate: float, seed: int, delays: bool) -> None:
        self._system = system
        self._output = Output(system.folder / "logs")
        self._common = ["--rate", str(rate / 2)] + ([] if delays else ["--no-delays"])
        self._seed = seed
        self.logs = {name: folder / f"operations-{name}.jsonl" for name in ("http", "client")}
        self._tails = [Tail(path) for path in self.logs.values()]
        self._processes: list[subprocess.Popen[bytes]] = []

    def accepted(self) -> int:
        """Return how many tasks clients were told to be accepted, so far."""
        return sum(tail.accepted() for tail in self._tails)

    def check(self) -> None:
        """Raise TaskLabError where a client ended before its time."""
        for process, name in zip(self._processes, self.logs, strict=True):
            if process.poll() is not None:
                log = self._system.folder / "logs" / f"load-{name}.log"
                message = f"the load generator {name} ended with exit code {process.returncode}, see {log}"
                raise TaskLabError(message)

    def ask_to_end(self) -> None:
        """Let no further calls be made."""
        for process in self._processes:
            process.send_signal(signal.SIGTERM)

    def ended(self) -> bool:
        """Whether all answers are in."""
        return all(process.poll() is not None for process in self._processes)

    def __enter__(self) -> Self:
        for name, log in self.logs.items():
            where = ["--url", self._system.stack.api_url] if name == "http" else []
            command = [sys.executable, "-m", "benchmarks.engine.generator", "--name", name, "--log", str(log)]
            command += [*where, *self._common, "--seed", f"{self._seed}:{name}"]
            environment = self._system.environment()
            self._processes.append(self._output.popen(f"load-{name}", command, environment=environment))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
            if process.stdin is not None:
                process.stdin.close()


class Tail:
    """Counts accepted tasks in a file that grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self._accepted = 0

    def accepted(self) -> int:
        """Read what is new and return the count so far."""
        if self._path.exists():
            with self._path.open("rb") as file:
                file.seek(self._read)
                new = file.read()
            whole = new[: new.rfind(b"\n") + 1]
            self._read += len(whole)
            self._accepted += sum(map(_accepted, map(orjson.loads, whole.splitlines())))
        return self._accepted


def _accepted(line: dict[str, Any]) -> int:
    return int(line["tasks"]) if line.get("answer") == Answer.ACKNOWLEDGED else 0
