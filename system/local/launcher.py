"""Starts the processes of a stack: the command line and the environment that each one gets."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from system.local.output import Output

API, UPKEEP = "api", "upkeep"


class Launcher:
    """Knows how `tasklab api`, `upkeep` and `worker` are to be called; `redis_url` must be set before."""

    def __init__(
        self,
        output: Output,
        environment: dict[str, str],
        *,
        queues: Sequence[str],
        concurrency: int,
        imports: Sequence[str],
    ) -> None:
        self.redis_url = ""
        self._output = output
        self._environment = environment
        self._imports = [word for module in imports for word in ("--import", module)]
        self._work = ["--queues", ",".join(queues), "--concurrency", str(concurrency)]

    def api(self, host: str, descriptor: int) -> subprocess.Popen[bytes]:
        """Start an API on a listening socket that this process has open."""
        arguments = [API, "--host", host, "--socket", str(descriptor), *self._imports]
        return self._launch(API, arguments, pass_fds=(descriptor,))

    def upkeep(self) -> subprocess.Popen[bytes]:
        """Start upkeep."""
        return self._launch(UPKEEP, [UPKEEP])

    def worker(self, name: str, worker_id: str) -> subprocess.Popen[bytes]:
        """Start a worker."""
        return self._launch(name, ["worker", "--id", worker_id, *self._work, *self._imports])

    def _launch(self, name: str, arguments: list[str], pass_fds: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "system", *arguments, "--supervised"]
        environment = {**self._environment, "REDIS_URL": self.redis_url}
        return self._output.popen(name, command, environment=environment, pass_fds=pass_fds)
