"""Locust as a child process: started with a plan, stopped by SIGTERM, and gone when its parent is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from benchmarks.open_loop.plan import Plan
from system.local.output import Output
from system.tasks.errors import TaskLabError

__all__ = ["Locust", "Plan", "start"]

LOCUSTFILE = Path(__file__).parents[1] / "locustfile.py"
LAST_ANSWERS_SECONDS = 60.0  # longer than any answer is waited for


class Locust:
    """A running Locust. Leaving the block kills what is left of it."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path) -> None:
        self.process = process
        self.output = output
        """What it printed."""

    @property
    def pid(self) -> int:
        """The process whose CPU is the load generator's."""
        return self.process.pid

    def ended(self) -> bool:
        """Whether all answers are in and it has ended; raises TaskLabError where it crashed."""
        code = self.process.poll()
        if code:
            message = f"locust ended with exit code {code}, see {self.output}"
            raise TaskLabError(message)
        return code is not None

    def ask_to_end(self) -> None:
        """Let no further calls be made; the answers under way are waited for."""
        self.process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float | None = None) -> None:
        """Wait for its end; raises TaskLabError where it crashed, TimeoutExpired where it goes on."""
        self.process.wait(seconds)
        self.ended()

    def stop(self) -> None:
        """Ask it to end and wait for that."""
        self.ask_to_end()
        self.wait(LAST_ANSWERS_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()


def start(
    url: str,
    plan: Plan,
    log: Path,
    *,
    name: str = "locust",
    user: str = "OpenLoop",
    output: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    extra: tuple[str, ...] = (),
) -> Locust:
    """Load the API at `url` by a plan; `log` gets a line before and after each call (open_loop/log.py).

    `name` begins the names of its calls. `output` is the folder for what Locust prints, by default the log's. Of
    `environment`, TASKLAB_API_KEYS opens the API. `extra` goes to Locust's command line as it is, as `--json-file=…`.
    """
    command = [sys.executable, "-m", "benchmarks.open_loop", f"--locustfile={LOCUSTFILE}", user, f"--host={url}"]
    command += ["--headless", "--users=1", "--only-summary", f"--log={log.absolute()}", f"--client={name}"]
    # A refused call is a result, not a crash of the generator.
    command += [*plan.arguments(), "--exit-code-on-error=0", *extra]
    folder = output or log.parent
    mine = {key: text for key, text in environment.items() if not key.startswith("LOCUST_")}
    return Locust(Output(folder).popen(name, command, environment=mine), folder / f"{name}.log")
