"""The system under test: Redis, a database, the API, upkeep and workers, each one to be broken by itself."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from benchmarks.checker import REDIS
from benchmarks.engine.remote_workers import RemoteWorkers
from benchmarks.faults.proxy import Proxy
from system.local.child import Pauses
from system.local.data_folder import DataFolder
from system.local.launcher import API, UPKEEP
from system.local.postgres_server import PostgresServer
from system.local.redis_server import RedisServer
from system.local.stack import Stack, WorkerProcess
from system.wiring import Settings, make_stack, with_places

AT_ONCE = Pauses(first=0.05, longest=0.05)  # what dies on purpose is not punished for it
GRACE_SECONDS = 5.0
CONCURRENCY = 16  # tasks a worker runs at once
TASK_TYPES = "benchmarks.engine.task_types"

Kind = Literal["leases", "brpop", "streams"]


class DatabaseKind(StrEnum):
    """Where the record is."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What the system is made of."""

    queue: Kind = "leases"
    database: DatabaseKind = DatabaseKind.SQLITE
    accept: Literal["sql", "redis"] = "sql"
    workers: int = 6
    remote: int | None = None
    """How many of the workers are remote ones; None: half of them."""
    concurrency: int = CONCURRENCY
    lease_seconds: float = 2.5

    @property
    def local_workers(self) -> list[str]:
        """Names of the workers whose parent sees them die."""
        return [f"worker-{number}" for number in range(1, self.workers - self._remote + 1)]

    @property
    def remote_workers(self) -> list[str]:
        """Names of the workers of other machines."""
        return [f"remote-{number}" for number in range(1, self._remote + 1)]

    @property
    def _remote(self) -> int:
        return self.workers - self.workers // 2 if self.remote is None else self.remote


class System:
    """Everything between entering and leaving the block; nothing outlives this process."""

    def __init__(self, folder: Path, shape: Shape) -> None:
        self.folder = folder
        self.shape = shape
        self.redis = RedisServer(folder / "redis")
        self.postgres = PostgresServer(folder / "postgres") if shape.database is DatabaseKind.POSTGRESQL else None
        self.settings = Settings()
        """With all places filled in, once the system runs."""
        self.stack: Stack
        self._remote: RemoteWorkers
        self._undo = ExitStack()

    @property
    def sqlite(self) -> Path:
        """SQLite's file."""
        return self.folder / "tasklab.db"

    @property
    def api_url(self) -> str:
        """Where the API is."""
        return self.stack.api_url

    def roles(self) -> dict[str, int]:
        """Return the processes alive right now, Redis among them, by name."""
        return {one.name: one.pid for one in self.processes()} | {REDIS: self.redis.process.pid}

    def hurry(self) -> None:
        """Cut all waiting at the end short."""
        self.stack.hurry()

    def workers(self) -> list[WorkerProcess]:
        """Return all workers alive right now."""
        return [*self.stack.workers(), *self._remote.workers()]

    def processes(self) -> list[WorkerProcess]:
        """Return the workers, and the API and upkeep under their names, as far as they are alive right now."""
        note = DataFolder(self.folder).running()
        servers = note.children if note else {}
        return [
            *self.workers(),
            *(WorkerProcess(name, name, servers[name]) for name in (API, UPKEEP) if name in servers),
        ]

    def link(self, worker: str) -> Proxy:
        """Return the link of a remote worker."""
        return self._remote.links[worker]

    def environment(self) -> dict[str, str]:
        """Return what leads a child process to this system."""
        return {**os.environ, **self.settings.to_environment()}

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.enter_context(self.redis)
            database_url = undo.enter_context(self.postgres).url if self.postgres else None
            self.settings = with_places(
                Settings(
                    data=self.folder,
                    redis_url=self.redis.url,
                    database_url=database_url,
                    queue=self.shape.queue,
                    accept=self.shape.accept,
                    lease_seconds=self.shape.lease_seconds,
                    grace_seconds=GRACE_SECONDS,
                    imports=TASK_TYPES,
                )
            )
            local = len(self.shape.local_workers)
            self.stack = undo.enter_context(
                make_stack(self.settings, workers=local, concurrency=self.shape.concurrency, pauses=AT_ONCE)
            )
            self._remote = undo.enter_context(
                RemoteWorkers(
                    len(self.shape.remote_workers),
                    concurrency=self.shape.concurrency,
                    environment=self.environment(),
                    logs=self.folder / "logs",
                    pauses=AT_ONCE,
                    grace_seconds=GRACE_SECONDS,
                )
            )
            self._undo = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._undo.close()
