"""The embedded server, with persistence off: the same Redis for every queue, TaskLab included."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis

from system.local.redis_server import RedisServer


class Server:
    """A running server, and what is asked of it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = redis.Redis.from_url(url, socket_timeout=10.0)

    def clear(self) -> None:
        """Forget everything, functions and scripts included."""
        self._client.flushall()
        self._client.function_flush()
        self._client.script_flush()

    def cpu_seconds(self) -> float:
        """Return what its process has used."""
        info: dict[str, Any] = self._client.info("cpu")
        return float(info["used_cpu_sys"]) + float(info["used_cpu_user"])

    def used_bytes(self) -> int:
        """Return the memory it uses, without what it holds for its connections."""
        info: dict[str, Any] = self._client.info("memory")
        return int(info["used_memory"]) - int(info["mem_clients_normal"])

    def version(self) -> str:
        """Return its name and version."""
        info: dict[str, Any] = self._client.info("server")
        return f"{info.get('server_name', 'redis')} {info.get('valkey_version', info['redis_version'])}"

    def close(self) -> None:
        """Disconnect."""
        self._client.close()


@contextmanager
def quiet_server(folder: Path) -> Iterator[Server]:
    """Run a server that writes nothing to disk while the block lasts."""
    with RedisServer(folder) as running:
        with redis.Redis.from_url(running.url) as client:
            client.config_set("appendonly", "no")
        server = Server(running.url)
        try:
            yield server
        finally:
            server.close()
