"""Services that come up in any order: each process waits for what it needs, and says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from system.local.ports import LOOPBACK, free_port
from system.local.postgres_server import PostgresServer
from system.local.redis_server import RedisServer
from tests.acceptance.running import Tasklab, until
from tests.fixtures.postgres import require_postgres


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[PostgresServer]:
    """Give a server that has been up before, so that its place is known, and is down now."""
    require_postgres()
    with PostgresServer(tmp_path / "postgres") as server:
        server.stop()
        yield server


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    """Give a server that has been up before and is down now."""
    with RedisServer(tmp_path / "redis") as server:
        server.stop()
        yield server


def test_everything_waits_for_services_that_come_later(
    tmp_path: Path, postgres: PostgresServer, redis: RedisServer
) -> None:
    """API, upkeep and worker are started first, then the database, then Redis; then a task runs and is recorded."""
    environment = {"REDIS_URL": redis.url, "DATABASE_URL": postgres.url}
    commands = {name: Tasklab(tmp_path / name, **environment) for name in ("api", "upkeep", "worker")}
    url = f"http://{LOOPBACK}:{(port := free_port())}"
    with ExitStack() as stack:
        api = stack.enter_context(commands["api"].start("api", "--port", str(port)))
        upkeep = stack.enter_context(commands["upkeep"].start("upkeep"))
        worker = stack.enter_context(commands["worker"].start("worker"))
        until(lambda: "waiting for the database" in commands["api"].printed(), "word from the API")
        until(lambda: "waiting for the database" in commands["upkeep"].printed(), "word from upkeep")
        until(lambda: "queue_away" in commands["worker"].printed(), "word from the worker")

        postgres.start()
        until(lambda: status(f"{url}/health") == "degraded", "an API without Redis")
        task = httpx.post(f"{url}/tasks", json={"type": "echo"}).json()
        assert task["dispatch"] == "deferred"

        redis.start()
        until(lambda: status(f"{url}/tasks/{task['id']}") == "succeeded", "the end of the task")
        assert {process.poll() for process in (api, upkeep, worker)} == {None}


def status(url: str) -> str | None:
    """Ask for something with a status; None while nobody answers."""
    try:
        return str(httpx.get(url).json().get("status"))
    except httpx.TransportError:
        return None
