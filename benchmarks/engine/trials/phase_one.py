"""The system of Phase 1: one process, `tasklab up --phase 1`, started again when it dies; it has forgotten all then."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from subprocess import Popen
from time import monotonic
from types import TracebackType
from typing import Any, Self

import httpx

from benchmarks.engine.system import AT_ONCE, GRACE_SECONDS, TASK_TYPES
from benchmarks.engine.trials.record import copied
from benchmarks.engine.trials.view import Tell
from benchmarks.faults.waiting import until
from system.local.child import Death
from system.local.guard import Guard
from system.local.launcher import API
from system.local.output import Output
from system.local.ports import LOOPBACK, free_port
from system.local.processes import Supervisor
from system.local.stack import WorkerProcess
from system.queues.protocol import Stats
from system.tasks.errors import StoreUnavailable
from system.tasks.task import DEFAULT_QUEUE
from system.wiring import Services, Settings

WORKER = "worker"  # as Phase 1 calls the only one it has
MARGIN_SECONDS = 5.0
START_SECONDS = 60.0
ANSWER_SECONDS = 10.0
OPEN = ("queued", "running", "scheduled")


class PhaseOne:
    """Runs between entering and leaving the block; nothing outlives this process."""

    def __init__(self, folder: Path, *, concurrency: int, lease_seconds: float) -> None:
        self.folder = folder
        self.settings = Settings(data=folder, lease_seconds=lease_seconds, grace_seconds=GRACE_SECONDS)
        self._port = free_port()
        self.api_url = f"http://{LOOPBACK}:{self._port}"
        self._arguments = ["--concurrency", str(concurrency), "--import", TASK_TYPES]
        self._output = Output(folder / "logs")
        self._supervisor = Supervisor(on_change=lambda: None, on_death=self._died, pauses=AT_ONCE)
        self._guard: Guard | None = None
        self._undo = ExitStack()

    def roles(self) -> dict[str, int]:
        """Return the one process, which has all roles, under the API's name."""
        return self._supervisor.pids()

    def workers(self) -> list[WorkerProcess]:
        """Return it as the worker that it is too."""
        return [WorkerProcess(WORKER, WORKER, pid) for pid in self._supervisor.pids().values()]

    def hurry(self) -> None:
        """Cut all waiting at the end short."""
        self._supervisor.hurry()

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.callback(self._dismiss)
            undo.callback(self._supervisor.stop, [API], GRACE_SECONDS + MARGIN_SECONDS)
            self._supervisor.add(API, self._launch)
            until(self._is_live, "Phase 1 answers", seconds=START_SECONDS)
            self._undo = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._undo.close()

    def _is_live(self) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.api_url}/health/live").is_success
        return False

    def _launch(self) -> Popen[bytes]:
        command = [sys.executable, "-m", "system", "up", "--phase", "1", "--port", str(self._port), *self._arguments]
        process = self._output.popen(API, command, environment={**os.environ, **self.settings.to_environment()})
        self._guard = Guard(process.pid)  # `up` is a command for people: it does not watch over its parent
        return process

    def _died(self, _: Death) -> None:
        self._dismiss()

    def _dismiss(self) -> None:
        if self._guard is not None:
            self._guard.dismiss()


class HttpView:
    """Phase 1, seen over HTTP, as nobody else can look into its memory."""

    def __init__(self, http: httpx.AsyncClient, system: PhaseOne) -> None:
        self._http = http
        self._system = system

    async def counts(self) -> None:
        """Tell nothing: the API counts no ends."""

    async def open(self) -> int:
        """Look for one of each open status."""
        return sum([len((await self.get(f"/tasks?limit=1&status={status}"))["items"]) for status in OPEN])

    async def stats(self) -> Stats:
        """Ask the API."""
        found = await self.get("/tasks/queue/stats")
        return Stats(
            ready=found["queue_size"],
            leased=found["processing"],
            scheduled=found["scheduled"],
            oldest_age_seconds=found["oldest_age_seconds"],
        )

    async def redis_commands(self) -> None:
        """Tell nothing: there is no Redis."""

    async def ready(self) -> int:
        """Ask the API for its workers."""
        return int((await self.get("/tasks/queue/stats"))["workers"])

    async def pause(self) -> None:
        """Pause the queue."""
        await self._ask("POST", f"/queues/{DEFAULT_QUEUE}/pause")

    async def resume(self) -> None:
        """Resume it."""
        await self._ask("POST", f"/queues/{DEFAULT_QUEUE}/resume")

    async def rest(self, patience: float, hurry: asyncio.Event, tell: Tell) -> bool:
        """Look at the queue, then at the list of tasks: nothing more may be open there."""
        fewest, fell_at = None, monotonic()
        while monotonic() - fell_at < patience and not hurry.is_set():
            stats = await self.stats()
            left = stats.ready + stats.leased + stats.scheduled
            tell(left)
            if fewest is None or left < fewest:
                fewest, fell_at = left, monotonic()
            if left == 0 and not await self.open():
                return True
            await asyncio.sleep(0.2)
        return False

    @asynccontextmanager
    async def record(self) -> AsyncIterator[Services]:
        """Copy the record into SQL, where the checker can read it."""
        async with copied(self.get, self._system.folder, self._system.settings.lease_seconds) as services:
            yield services

    async def get(self, path: str) -> Any:
        """Return what the API answers; raises StoreUnavailable where it does not."""
        return await self._ask("GET", path)

    async def _ask(self, method: str, path: str) -> Any:
        try:
            answer = await self._http.request(method, path)
        except httpx.HTTPError as error:
            message = f"{method} {path}: {type(error).__name__}"
            raise StoreUnavailable(message) from None
        if answer.status_code != HTTPStatus.OK:
            message = f"{method} {path}: HTTP {answer.status_code}"
            raise StoreUnavailable(message)
        return answer.json()


@asynccontextmanager
async def look_over_http(system: PhaseOne) -> AsyncIterator[HttpView]:
    """Connect."""
    async with httpx.AsyncClient(base_url=system.api_url, timeout=ANSWER_SECONDS) as http:
        yield HttpView(http, system)
