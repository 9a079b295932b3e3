"""The library of Lua functions: put together from lua/*.lua, loaded where it is missing, called by name.

The library's name carries a hash of its text, so that workers of an old and a new release run side by side on one
Redis, each with its own functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from system.queues.connection import redis_errors

PRELUDE = "prelude.lua"


@cache
def library() -> tuple[str, str]:
    """Return the version (8 hex digits of the text's SHA-256) and the whole text of the library."""
    folder = resources.files("system.queues") / "lua"
    scripts = {file.name: file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".lua")}
    prelude = scripts.pop(PRELUDE)
    text = "\n".join([prelude, *(scripts[name] for name in sorted(scripts))])
    version = sha256(text.encode()).hexdigest()[:8]
    name = f"tasklab_{version}"
    return version, f"#!lua name={name}\n" + text.replace("VERSION_", f"{name}_")


class Functions:
    """Calls the functions over one client."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis  # the client's types allow for every kind of reply; ours are bytes
        self._version, self._text = library()

    async def call(self, name: str, keys: Sequence[str], args: Sequence[Any] = ()) -> Any:
        """Call one function; a server that does not know it (new, or flushed) is taught first.

        Raises QueueUnavailable where the server does not answer.
        """
        command = ("FCALL", f"tasklab_{self._version}_{name}", len(keys), *keys, *args)
        with redis_errors():
            try:
                return await self._send(command)
            except ResponseError as error:
                if "Function not found" not in str(error):
                    raise
                await self._redis.function_load(self._text, replace=True)
                return await self._send(command)
            except RedisConnectionError:
                # The server went away: the pool's idle connections are as dead as this one, and would fail one by one.
                await self._redis.connection_pool.disconnect(inuse_connections=False)
                raise

    async def _send(self, command: Sequence[Any]) -> Any:
        """Do what execute_command does, without retries and the client's own telemetry: half of the time of a call."""
        pool = self._redis.connection_pool
        connection = await pool.get_connection()
        try:
            await connection.send_command(*command)
            return await connection.read_response()
        finally:
            await pool.release(connection)
