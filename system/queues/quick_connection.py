"""Connections that cost less CPU time: redis-py's asynchronous ones write and send commands the long way."""

from __future__ import annotations

import asyncio
from typing import Any

from redis.asyncio import ConnectionPool
from redis.connection import HiredisRespSerializer

SERIALIZER = HiredisRespSerializer()


class QuickConnection:
    """What a connection class gets in front of its own ways; a call of one of our functions has 22 keys to write."""

    socket_timeout: float | None

    def pack_command(self, *args: Any) -> list[bytes]:
        """Write one command in C, by hiredis, as redis-py's synchronous client does."""
        packed: list[bytes] = SERIALIZER.pack(*args)
        return packed

    async def send_packed_command(self, *args: Any, **options: Any) -> None:
        """Send within the time limit, without wait_for: in Python 3.11 that makes a task, and may swallow a cancel."""
        seconds, self.socket_timeout = self.socket_timeout, None
        try:
            async with asyncio.timeout(seconds):
                await super().send_packed_command(*args, **options)  # type: ignore[misc]
        finally:
            self.socket_timeout = seconds


def quicken(pool: ConnectionPool) -> None:
    """Make a pool's connections quick ones, be they plain, over TLS or a Unix socket."""
    pool.connection_class = type("Quick", (QuickConnection, pool.connection_class), {})
