"""The history of a queue in Redis: a stream, one entry a call, read by position."""

from __future__ import annotations

from typing import Any

from redis.asyncio import Redis

from system.queues.codec import decode_entry
from system.queues.connection import redis_errors
from system.queues.keys import Keys
from system.tasks.events import Batch

KEPT_MS = 10_000  # how much recorded history stays for the live page and other onlookers


class StreamHistory:
    """The four history verbs of the queue protocol, over `{tl:Q}:events`."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis  # the client's types allow for every kind of reply; ours are bytes

    async def history(self, queue: str, after: str, limit: int, seconds: float = 0.0) -> list[Batch]:
        """Read up to `limit` batches after a position."""
        block = max(1, round(seconds * 1000)) if seconds > 0 else None
        with redis_errors():
            streams = await self._redis.xread({Keys(queue).events: after}, count=limit, block=block)
        return [decode_entry(queue, entry_id, fields) for entry_id, fields in entries_of(streams)]

    async def tail(self, queue: str) -> str:
        """Return the newest entry's position."""
        with redis_errors():
            newest = await self._redis.xrevrange(Keys(queue).events, count=1)
        return str(newest[0][0].decode()) if newest else "0"

    async def forget(self, queue: str, until: str) -> None:
        """Trim what is recorded (up to `until`), but for its last ten seconds."""
        oldest = int(until.partition("-")[0]) - KEPT_MS
        with redis_errors():
            await self._redis.xtrim(Keys(queue).events, minid=max(oldest, 0), approximate=True)


def entries_of(streams: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """Return one stream's entries from an XREAD reply, which RESP2 gives as a list and RESP3 as a dict."""
    if not streams:
        return []
    (entries,) = streams.values() if isinstance(streams, dict) else (streams[0][1],)
    return list(entries[0] if entries and isinstance(entries[0], list) else entries)
