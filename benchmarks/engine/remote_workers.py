"""Workers as on other machines: nobody there sees one die and ends its leases, and each has a link that can be cut."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from benchmarks.faults.proxy import Proxy
from system.local.child import Pauses
from system.local.output import Output
from system.local.processes import Supervisor
from system.local.stack import WorkerProcess


class RemoteWorkers:
    """Workers `remote-1`… that are started again when they die, each behind a fault proxy of its own.

    Their leases end by themselves alone. `environment` leads to Redis by its REDIS_URL.
    """

    def __init__(
        self,
        count: int,
        *,
        concurrency: int,
        environment: Mapping[str, str],
        logs: Path,
        pauses: Pauses,
        grace_seconds: float,
    ) -> None:
        self._concurrency = concurrency
        self._environment = environment
        self._grace_seconds = grace_seconds
        server = urlsplit(environment["REDIS_URL"])
        names = [f"remote-{number}" for number in range(1, count + 1)]
        self.links = {name: Proxy(server.hostname or "", server.port or 0) for name in names}
        self._output = Output(logs)
        self._supervisor = Supervisor(on_change=lambda: None, on_death=lambda _: None, pauses=pauses)
        self._ids: dict[str, str] = {}

    def workers(self) -> list[WorkerProcess]:
        """Return those alive right now."""
        pids = self._supervisor.pids()
        return [WorkerProcess(name, worker, pids[name]) for name, worker in self._ids.copy().items() if name in pids]

    def __enter__(self) -> Self:
        for name, link in self.links.items():
            link.start()
            self._supervisor.add(name, lambda name=name: self._launch(name))  # type: ignore[misc]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for link in self.links.values():
            link.clear()
        self._supervisor.stop(self.links, self._grace_seconds)
        for link in self.links.values():
            link.stop()

    def _launch(self, name: str) -> subprocess.Popen[bytes]:
        self._ids[name] = worker = f"{name}.{secrets.token_hex(2)}"
        url = self.links[name].through(self._environment["REDIS_URL"])
        arguments = ["worker", "--id", worker, "--concurrency", str(self._concurrency), "--supervised"]
        command = [sys.executable, "-m", "system", *arguments]
        return self._output.popen(name, command, environment={**self._environment, "REDIS_URL": url})
