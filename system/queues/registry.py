"""Who works: heartbeats of workers, kept in Redis under Redis's own time."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Protocol

import orjson
from redis.asyncio import Redis

from system.queues.connection import redis_errors
from system.queues.functions import Functions
from system.queues.keys import WORKERS_INFO, WORKERS_ORDERS, WORKERS_SEEN


class Order(StrEnum):
    """What a worker can be told from outside."""

    QUIET = "quiet"  # claim nothing more
    DRAIN = "drain"  # and end


class WorkerRegistry(Protocol):
    """Where workers report and observers look. Raises QueueUnavailable where the backend does not answer."""

    async def beat(self, worker_id: str, info: dict[str, Any]) -> Order | None:
        """Note what a worker says of itself, now, and return what it was told to do."""

    async def order(self, worker_id: str, what: Order | None) -> None:
        """Leave an order for a worker; None takes it back."""

    async def workers(self) -> list[dict[str, Any]]:
        """Return each worker's last word, with `id`, `last_heartbeat` (ms) and `age_seconds` added."""

    async def remove(self, worker_id: str) -> None:
        """Forget a worker that said goodbye, or has been lost for long."""


class Registry:
    """The registry of all workers on one Redis."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis  # the client's types allow for every kind of reply; ours are bytes
        self._functions = Functions(redis)

    async def beat(self, worker_id: str, info: dict[str, Any]) -> Order | None:
        """Note a heartbeat; see beat.lua."""
        await self._functions.call("beat", [WORKERS_INFO, WORKERS_SEEN], [worker_id, orjson.dumps(info)])
        with redis_errors():
            what = await self._redis.hget(WORKERS_ORDERS, worker_id)
        return Order(what.decode()) if what else None

    async def order(self, worker_id: str, what: Order | None) -> None:
        """Leave an order, or take it back."""
        with redis_errors():
            if what is None:
                await self._redis.hdel(WORKERS_ORDERS, worker_id)
            else:
                await self._redis.hset(WORKERS_ORDERS, worker_id, what.value)

    async def workers(self) -> list[dict[str, Any]]:
        """Return all workers, by id."""
        with redis_errors():
            infos = await self._redis.hgetall(WORKERS_INFO)
            seen = dict(await self._redis.zrange(WORKERS_SEEN, 0, -1, withscores=True))
            seconds, microseconds = await self._redis.time()
        now = seconds * 1000 + microseconds // 1000
        return [
            {
                **orjson.loads(infos[worker]),
                "id": worker.decode(),
                "last_heartbeat": int(seen.get(worker, 0)),
                "age_seconds": max(0.0, (now - seen.get(worker, 0)) / 1000),
            }
            for worker in sorted(infos)
        ]

    async def remove(self, worker_id: str) -> None:
        """Forget a worker."""
        with redis_errors():
            await self._redis.hdel(WORKERS_INFO, worker_id)
            await self._redis.hdel(WORKERS_ORDERS, worker_id)
            await self._redis.zrem(WORKERS_SEEN, worker_id)
