"""The whole system on this machine: server, API, upkeep and workers, started together and kept alive."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from system.local.autoscale import Autoscale
from system.local.child import PATIENT, Death, Pauses
from system.local.data_folder import DataFolder, Note
from system.local.http_probe import wait_until_live
from system.local.launcher import API, UPKEEP, Launcher
from system.local.output import Echo, Output
from system.local.ports import LOOPBACK, listen, url_of
from system.local.processes import Supervisor
from system.local.redis_server import STOP_SECONDS, RedisServer
from system.tasks.errors import TaskLabError

REDIS = "redis"
MARGIN_SECONDS = 2.0  # what a worker needs beyond its own grace to give back the rest and exit
API_SECONDS = 5.0  # for answers under way
API_TRIES = 2  # dead so often at its start, it won't come up
UPKEEP_SECONDS = 10.0  # to record the last ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a stack is told about the rest of TaskLab; `wiring.make_stack` fills it in from the settings."""

    environment: dict[str, str]
    """For all child processes; REDIS_URL is added once the server is up."""
    database_url: str
    redis_url: str | None
    """None: start an embedded server."""
    grace_seconds: float
    migrate: Callable[[], None]
    """Brings the SQL schema up to date."""
    desired: Callable[[], int | None]
    """How many workers there should be, None where nobody decides."""
    abandon: Callable[[str, str, Sequence[str]], None]
    """Called with Redis URL, id and queues of a dead worker: ends its leases, so that others take over at once."""


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """One life of one worker."""

    name: str
    id: str
    """The name and a mark of this life: `worker-1.5f3a`."""
    pid: int


class Stack:
    """Everything between `start` and `stop`; as a context manager it does both.

    All that dies is started again; when a worker dies its tasks are free at once. Nothing outlives this process.
    """

    def __init__(
        self,
        folder: Path,
        surroundings: Surroundings,
        *,
        workers: int = 2,
        autoscale: bool = False,
        queues: Sequence[str] = ("default",),
        weights: Mapping[str, int] | None = None,
        concurrency: int = 10,
        imports: Sequence[str] | None = None,
        host: str = LOOPBACK,
        port: int = 0,
        pauses: Pauses = PATIENT,
        echo: Echo | None = None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._folder = DataFolder(folder)
        self._around = surroundings
        self._wanted = workers
        self._autoscale = autoscale
        self._queues = queues
        self._host = host
        self._port = port
        self._tell = tell
        self._launcher = Launcher(
            Output(self._folder.logs, echo),
            surroundings.environment,
            queues=[f"{name}={weights[name]}" for name in queues] if weights else queues,
            concurrency=concurrency,
            imports=imports or (),
        )
        self._supervisor = Supervisor(on_change=self._write_note, on_death=self._died, pauses=pauses)
        self._undo = contextlib.ExitStack()
        self._ids: dict[str, str] = {}
        self._api_deaths = 0
        self._noting = threading.Lock()
        self.server: RedisServer | None = None
        self.redis_url = ""
        self.database_url = surroundings.database_url
        self.api_url = ""

    def start(self) -> Self:
        """Start everything and return once the API answers. Raises TaskLabError, with nothing left running."""
        with contextlib.ExitStack() as undo:
            self._folder.hold()
            undo.callback(self._folder.let_go)
            undo.callback(self._stop_server)
            self.redis_url = self._launcher.redis_url = self._around.redis_url or self._start_server()
            self._around.migrate()
            undo.callback(self._stop_processes)
            self._start_api(undo)
            self._supervisor.add(UPKEEP, self._launcher.upkeep)
            self.scale(self._wanted)
            self._around.abandon(self.redis_url, "", ())  # a rehearsal: its imports must not delay the first real call
            wait_until_live(self.api_url, given_up=lambda: self._api_deaths >= API_TRIES)
            self._write_note()
            self._start_scaling(undo)
            self._undo = undo.pop_all()
        return self

    def stop(self) -> None:
        """Drain the workers, record what they finished, end everything; safe to call twice."""
        self._undo.close()

    def hurry(self) -> None:
        """Make a `stop` under way, or the next one, cut all waiting short. Fit for a signal handler."""
        self._supervisor.hurry()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def workers(self) -> list[WorkerProcess]:
        """Return the workers alive right now."""
        pids = self._supervisor.pids()
        return [WorkerProcess(name, worker, pids[name]) for name, worker in self._ids.copy().items() if name in pids]

    def kill(self, name: str) -> None:
        """End a process ("redis", "api", "upkeep", "worker-1"…) with SIGKILL; it is started again."""
        self._supervisor.kill(name)

    def kill_worker(self, name: str) -> WorkerProcess:
        """Kill a worker and return the life that ended. Raises TaskLabError where it is not alive."""
        for worker in self.workers():
            if worker.name == name:
                self.kill(name)
                return worker
        message = f"no worker {name} is alive"
        raise TaskLabError(message)

    def scale(self, workers: int) -> None:
        """Have so many workers: start what is missing, drain the last ones of too many."""
        names = [f"worker-{number}" for number in range(1, workers + 1)]
        surplus = [name for name in self._ids.copy() if name not in names]
        for name in names:
            if name not in self._ids:
                self._supervisor.add(name, partial(self._launch_worker, name))
        self._supervisor.stop(surplus, self._around.grace_seconds + MARGIN_SECONDS)
        for name in surplus:
            del self._ids[name]
        self._write_note()

    def _start_scaling(self, undo: contextlib.ExitStack) -> None:
        if self._autoscale:
            scaling = Autoscale(self._around.desired, self.scale, workers=self._wanted, tell=self._tell)
            scaling.start()
            undo.callback(scaling.stop)

    def _start_server(self) -> str:
        self.server = server = RedisServer(self._folder.redis)

        def launch() -> subprocess.Popen[bytes]:
            server.start()
            return server.process

        self._supervisor.add(REDIS, launch)
        return server.url

    def _stop_server(self) -> None:
        self._supervisor.stop([REDIS], STOP_SECONDS)
        if self.server is not None:
            self.server.stop()

    def _start_api(self, undo: contextlib.ExitStack) -> None:
        # The socket is ours: callers of a dying API wait for the next one instead of being turned away, and no
        # stranger can take the port in between.
        socket = undo.enter_context(listen(self._host, self._port))
        self.api_url = url_of(socket)
        self._supervisor.add(API, partial(self._launcher.api, self._host, socket.fileno()))

    def _launch_worker(self, name: str) -> subprocess.Popen[bytes]:
        self._ids[name] = worker = f"{name}.{secrets.token_hex(2)}"
        return self._launcher.worker(name, worker)

    def _stop_processes(self) -> None:
        self._supervisor.stop([API], API_SECONDS)
        self._tell("draining the workers")
        self._supervisor.stop(list(self._ids), self._around.grace_seconds + MARGIN_SECONDS)
        self._supervisor.stop([UPKEEP], UPKEEP_SECONDS)

    def _died(self, death: Death) -> None:
        self._tell(f"{death}; it will be started again")
        if death.name == REDIS and self.server is not None:
            self.server.kill()  # it is dead; this dismisses its guard
        if death.name == API:
            self._api_deaths += 1
        if death.name in self._ids:
            self._around.abandon(self.redis_url, self._ids[death.name], self._queues)

    def _write_note(self) -> None:
        with self._noting, contextlib.suppress(OSError):  # a full disk is no reason to stop
            self._folder.write(
                Note(
                    pid=os.getpid(),
                    redis_url=self.redis_url,
                    database_url=self.database_url,
                    api_url=self.api_url,
                    children=self._supervisor.pids(),
                )
            )
