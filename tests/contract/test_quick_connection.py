"""The connections' short way of sending: same commands, same time limits."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from system.local.redis_server import RedisServer
from system.queues.connection import redis_errors
from system.queues.quick_connection import QuickConnection, QuickPool
from system.tasks.errors import QueueUnavailable
from tests.faults.waiting import until

MORE_THAN_SOCKETS_HOLD = b"x" * 50_000_000


def client(url: str) -> Redis:
    """Return a client that gives up soon and tries nothing twice."""
    return Redis.from_pool(QuickPool.from_url(url, retry=Retry(NoBackoff(), 0), socket_timeout=1.0))


async def test_what_is_sent_arrives(tmp_path: Path) -> None:
    """Text, bytes and numbers come out as they went in, and commands of two words are two."""
    with RedisServer(tmp_path) as server:
        redis = client(server.url)
        await redis.rpush("list", "é", b"\0\r\n", 2**70, -1.5)
        assert await redis.lrange("list", 0, -1) == ["é".encode(), b"\0\r\n", str(2**70).encode(), b"-1.5"]
        assert (await redis.config_get("appendonly"))["appendonly"] == "yes"
        assert issubclass(redis.connection_pool.connection_class, QuickConnection)
        await redis.aclose()


async def test_a_server_that_reads_no_more_is_given_up(tmp_path: Path) -> None:
    """Sending ends with the time limit; the connection is not used again, and the next one serves."""
    with RedisServer(tmp_path) as server:
        redis = client(server.url)
        await redis.ping()
        server.process.send_signal(signal.SIGSTOP)
        try:
            with pytest.raises(QueueUnavailable), redis_errors():
                await redis.set("key", MORE_THAN_SOCKETS_HOLD)
        finally:
            server.process.send_signal(signal.SIGCONT)
        assert await redis.ping()
        await redis.aclose()


async def test_connections_come_back_whatever_happens(tmp_path: Path) -> None:
    """Many callers at once have one each, a cancelled one's is not used as it is, and none is lost to a dead server."""
    with RedisServer(tmp_path) as server:
        redis = client(server.url)
        values = await asyncio.gather(*(redis.incr("count") for _ in range(50)))
        assert sorted(values) == list(range(1, 51))
        waiting = asyncio.create_task(redis.blpop(["nothing"], timeout=0))
        await until(lambda: lent(redis) == 1, "the call that waits")
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await redis.incr("count") == 51
        assert lent(redis) == 0
    with pytest.raises(QueueUnavailable), redis_errors():
        await redis.ping()
    assert lent(redis) == 0
    await redis.aclose()


def lent(redis: Redis) -> int:
    """Return how many connections are in somebody's hands."""
    return len(redis.connection_pool._in_use_connections)  # noqa: SLF001 (there is no other way to know)
