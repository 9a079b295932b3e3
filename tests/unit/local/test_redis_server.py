"""The embedded server: quick to start, keeps its data, and never outlives the process that started it."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from system.local.redis_server import RedisServer

STARTS_AND_HANGS = """
import sys
from pathlib import Path
from system.local.redis_server import RedisServer
server = RedisServer(Path(sys.argv[1]))
server.start()
print(server.process.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    """A running server."""
    with RedisServer(tmp_path / "a folder") as server:
        yield server


def ask(server: RedisServer) -> redis.Redis:
    """Return a client."""
    return redis.Redis.from_url(server.url, decode_responses=True)


def test_it_is_set_up_to_keep_everything(server: RedisServer) -> None:
    """Each write goes to the append-only file, and a full memory refuses instead of forgetting."""
    with ask(server) as client:
        settings = client.config_get("appendonly", "appendfsync", "maxmemory-policy", "save", "bind")
    assert settings == {
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "save": "",
        "bind": "127.0.0.1",
    }


def test_a_stranger_on_this_machine_is_not_let_in(server: RedisServer) -> None:
    """The port is open to all users of the machine, so there is a password, in a file that only its owner reads."""
    with (
        redis.Redis(port=server.port or 0, retry=Retry(NoBackoff(), 0)) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()
    assert stat.S_IMODE((server.folder / "server.conf").stat().st_mode) == 0o600


def test_a_killed_server_comes_back_on_its_port_with_its_data(server: RedisServer) -> None:
    """A crash costs at most the last second, a regular restart nothing; clients find it where it was."""
    url = server.url
    with ask(server) as client:
        client.set("kept", "yes")
        client.waitaof(1, 0, 5_000)
    server.kill()
    assert server.start() == url
    with ask(server) as client:
        assert client.get("kept") == "yes"
    assert server.restart() == url
    with ask(server) as client:
        assert client.get("kept") == "yes"


def test_it_may_be_stopped_twice(tmp_path: Path) -> None:
    """Cleaning up is safe wherever one stands, also before the start."""
    server = RedisServer(tmp_path)
    server.stop()
    server.start()
    process = server.process
    server.stop()
    server.stop()
    assert process.returncode == 0


def test_it_dies_with_its_parent(tmp_path: Path) -> None:
    """Even SIGKILL of the parent, which can't clean up any more, leaves no server behind."""
    command = [sys.executable, "-c", STARTS_AND_HANGS, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        server = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    assert_gone(server)


def assert_gone(process: psutil.Process) -> None:
    """Wait for a process's end; one that only waits to be collected is at its end."""
    try:
        psutil.wait_procs([process], timeout=10)
        assert process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        pass
