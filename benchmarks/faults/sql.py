"""A SQL database that is locked, hangs, or dies."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from benchmarks.checker.history import FaultKind
from benchmarks.faults.log import FaultLog
from benchmarks.faults.processes import alive, family, stopped
from benchmarks.faults.waiting import until
from system.local.postgres_server import PostgresServer

SQL = "sql"
LOCK_SECONDS = 30.0


@contextmanager
def locked(database: Path, log: FaultLog) -> Iterator[None]:
    """Hold SQLite's write lock for as long as the block lasts; in WAL mode others may still read."""
    with closing(sqlite3.connect(database, timeout=LOCK_SECONDS, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        with log.during(FaultKind.LOCK, SQL):
            yield
            connection.execute("ROLLBACK")


@contextmanager
def hung(server: PostgresServer, log: FaultLog) -> Iterator[None]:
    """Stop every process of PostgreSQL for as long as the block lasts: it takes connections and does not answer."""
    postmaster = _postmaster(server)
    # The parent first: it must not fork another one between our looking and our stopping.
    with log.during(FaultKind.PAUSE, SQL), stopped(postmaster), stopped(*family(postmaster)[1:]):
        yield


@contextmanager
def down(server: PostgresServer, log: FaultLog) -> Iterator[None]:
    """Kill PostgreSQL, every process of it; it starts again, and recovers, where the block ends."""
    pids = family(_postmaster(server))
    with log.during(FaultKind.KILL, SQL):
        for pid in pids:
            with suppress(ProcessLookupError):  # the later ones go by themselves where they see the first one gone
                os.kill(pid, signal.SIGKILL)
        until(lambda: not any(map(alive, pids)), "PostgreSQL dies")
        try:
            yield
        finally:
            server.start()


def _postmaster(server: PostgresServer) -> int:
    return int((server.folder / "data" / "postmaster.pid").read_text("utf-8").splitlines()[0])
