"""Connections that cost less CPU time: redis-py's asynchronous ones are handed out, write and send the long way."""

from __future__ import annotations

import asyncio
from typing import Any

from hiredis import pack_command
from redis.asyncio import Connection, ConnectionPool
from redis.connection import HiredisRespSerializer

SERIALIZER = HiredisRespSerializer()


class QuickConnection:
    """What a connection class gets in front of its own ways; a call of one of our functions has 22 keys to write."""

    socket_timeout: float | None

    def pack_command(self, *args: Any) -> list[bytes]:
        """Write one command in C, by hiredis, as redis-py's synchronous client does."""
        if args[0] == "FCALL":  # ours, of plain values: nothing in it to look for beforehand
            return [pack_command(args)]
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


class QuickPool(ConnectionPool):
    """A pool of quick connections, be they plain, over TLS or a Unix socket.

    It hands them out without the lock, which guards nothing where nothing is awaited halfway, and without the client's
    own telemetry and events, which nobody listens to.
    """

    def __init__(self, connection_class: type[Any] = Connection, **options: Any) -> None:
        super().__init__(type("Quick", (QuickConnection, connection_class), {}), **options)

    async def get_connection(self, *_: Any, **__: Any) -> Any:
        """Return a connection that is ready to send."""
        connection = self.get_available_connection()  # type: ignore[no-untyped-call]
        try:
            await self.ensure_connection(connection)
        except BaseException:
            await self.release(connection)
            raise
        return connection

    async def release(self, connection: Any) -> None:
        """Take a connection back."""
        self._in_use_connections.remove(connection)
        try:
            if connection.should_reconnect():
                await connection.disconnect()
        finally:
            self._available_connections.append(connection)
