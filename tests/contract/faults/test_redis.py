"""What the faults of Redis do to a real server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from benchmarks.checker import REDIS, FaultKind
from benchmarks.faults.log import FaultLog
from benchmarks.faults.processes import paused
from benchmarks.faults.proxy import Proxy
from benchmarks.faults.redis import copy, down, flush_functions, full, rewind, wipe
from benchmarks.faults.rules import Direction
from benchmarks.faults.waiting import until
from system.local.ports import LOOPBACK
from system.local.redis_server import RedisServer

LIBRARY = "#!lua name=trial\nredis.register_function('trial', function() return 1 end)"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    """Start a server that nobody else uses."""
    with RedisServer(tmp_path / "redis") as server:
        yield server


@pytest.fixture
def client(server: RedisServer) -> Iterator[redis.Redis]:
    """Give a client of it; one that connects anew for each command that needs it."""
    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        yield client


def wait_until_written(client: redis.Redis) -> None:
    """Wait until the append-only file has everything: writing waits, up to 2 s, while the disk is busy."""
    until(lambda: client.info("persistence")["aof_buffer_length"] == 0, "the server writes its file")


def kinds(log: FaultLog) -> list[FaultKind]:
    """Return what was logged; all of it must be about Redis, and in order."""
    assert all(fault.target == REDIS and fault.at <= fault.until for fault in log.faults)
    return [fault.kind for fault in log.faults]


def test_a_killed_server_is_away_and_comes_back_with_its_data(server: RedisServer, client: redis.Redis) -> None:
    """SIGKILL loses what had not reached the append-only file, and this had."""
    client.set("a", 1)
    wait_until_written(client)
    pid, log = server.process.pid, FaultLog()
    with down(server, log), pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(server.url, retry=None).ping()
    assert client.get("a") == "1"
    assert server.process.pid != pid
    assert kinds(log) == [FaultKind.KILL]


def test_a_wiped_server_has_no_data_and_keeps_its_functions(server: RedisServer, client: redis.Redis) -> None:
    """FLUSHALL."""
    client.function_load(LIBRARY)
    client.set("a", 1)
    log = FaultLog()
    wipe(server.url, log)
    assert client.dbsize() == 0
    assert client.fcall("trial", 0) == 1
    assert kinds(log) == [FaultKind.WIPE]


def test_flushed_functions_are_gone_and_the_data_is_not(server: RedisServer, client: redis.Redis) -> None:
    """FUNCTION FLUSH."""
    client.function_load(LIBRARY)
    client.set("a", 1)
    log = FaultLog()
    flush_functions(server.url, log)
    with pytest.raises(redis.ResponseError, match="Function not found"):
        client.fcall("trial", 0)
    assert client.get("a") == "1"
    assert kinds(log) == [FaultKind.FUNCTIONS]


def test_a_full_server_refuses_writes_and_answers_reads(server: RedisServer, client: redis.Redis) -> None:
    """At maxmemory, and well again afterwards."""
    client.set("a", 1)
    log = FaultLog()
    with full(server.url, log):
        with pytest.raises(redis.OutOfMemoryError):
            client.set("b", 1)
        assert client.get("a") == "1"
    client.set("b", 1)
    assert kinds(log) == [FaultKind.MEMORY]


def test_a_rewound_server_is_as_it_was_at_the_copy(server: RedisServer, client: redis.Redis, tmp_path: Path) -> None:
    """What was written later is gone, what was deleted later is back; the log's fault begins with the copy."""
    client.set("early", 1)
    client.set("deleted later", 1)
    wait_until_written(client)
    before = copy(server, tmp_path / "copy")
    client.set("late", 1)
    client.delete("deleted later")
    log = FaultLog()
    rewind(server, before, log)
    assert set(client.keys()) == {"early", "deleted later"}
    assert kinds(log) == [FaultKind.REWIND]
    assert log.faults[0].at == before.at
    client.set("after", 1)
    rewind(server, before, log)
    assert client.get("after") is None


def test_a_copy_is_whole_while_the_server_rewrites_its_files(
    server: RedisServer, client: redis.Redis, tmp_path: Path
) -> None:
    """Files appear and vanish under the copying hands; every copy starts a server with all that was written before."""
    stop = threading.Event()

    def rewrite() -> None:
        with redis.Redis.from_url(server.url) as writer:
            while not stop.is_set():
                if not writer.info("persistence")["aof_rewrite_in_progress"]:
                    writer.bgrewriteaof()
                writer.incr("ticks")

    thread = threading.Thread(target=rewrite)
    thread.start()
    try:
        copies = []
        for number in range(20):
            client.rpush("numbers", number)
            wait_until_written(client)
            copies.append(copy(server, tmp_path / f"copy-{number}"))
    finally:
        stop.set()
        thread.join()
    for number in (0, 10, 19):
        rewind(server, copies[number], FaultLog())
        assert client.llen("numbers") == number + 1


def test_a_paused_server_takes_connections_and_does_not_answer(server: RedisServer, client: redis.Redis) -> None:
    """A hung Redis; what was asked meanwhile is answered when it goes on."""
    log = FaultLog()
    with redis.Redis.from_url(server.url, socket_timeout=0.2, retry=None) as impatient:
        with paused(server.process.pid, REDIS, log), pytest.raises(redis.TimeoutError):
            impatient.ping()
        assert client.ping()
    assert kinds(log) == [FaultKind.PAUSE]


def test_a_command_whose_reply_gets_lost_was_carried_out(server: RedisServer, client: redis.Redis) -> None:
    """Through the fault proxy: the other commands on the way, a greeting or a heartbeat, are let by."""
    assert server.port is not None
    with (
        Proxy(LOOPBACK, server.port) as proxy,
        redis.Redis.from_url(proxy.through(server.url), socket_timeout=0.2, retry=None) as unlucky,
    ):
        proxy.drop(Direction.REPLY, requests=1, containing=b"INCR")
        assert unlucky.ping()
        with pytest.raises(redis.TimeoutError):
            unlucky.incr("a")
        assert client.get("a") == "1"
        assert unlucky.incr("a") == 2
        assert proxy.hits == 1
