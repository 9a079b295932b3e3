"""The history of a queue in memory: a list of the very entries that the Redis queues write into a stream."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from system.queues.codec import RawEvent, decode_entry, encode_events
from system.queues.history import KEPT_MS
from system.queues.memory_bell import Bell
from system.tasks.events import Batch


class MemoryHistory:
    """Numbered entries; a position is written `time-number`, in the form of a Redis stream's entry ids."""

    def __init__(self, queue: str) -> None:
        self._queue = queue
        self._entries: list[tuple[bytes, bytes]] = []  # position, events
        self._dropped = 0
        self._newest = 0  # ms
        self._bell = Bell()

    def append(self, now: int, events: Sequence[RawEvent]) -> None:
        """Add what one call did at `now` (ms); a history does not run backwards, whatever its clock does."""
        self._newest = max(self._newest, now)
        number = self._dropped + len(self._entries) + 1
        self._entries.append((f"{self._newest}-{number}".encode(), encode_events(events)["events"]))
        self._bell.ring()

    async def after(self, position: str, limit: int, seconds: float) -> list[Batch]:
        """Return up to `limit` batches that follow a position, waiting up to `seconds` for the first."""
        if seconds > 0:
            await self._bell.sleep(lambda: 0 if _number(self.tail()) > _number(position) else seconds)
        start = max(0, _number(position) - self._dropped)
        return [
            decode_entry(self._queue, at, {b"events": events}) for at, events in self._entries[start : start + limit]
        ]

    def tail(self) -> str:
        """Return the newest entry's position, "0" where there is none."""
        return self._entries[-1][0].decode() if self._entries else "0"

    def forget(self, until: str) -> None:
        """Drop what is recorded (up to `until`), but for its last ten seconds."""
        oldest = _time(until) - KEPT_MS
        drop = sum(1 for _ in takewhile(lambda entry: _time(entry[0].decode()) < oldest, self._entries))
        del self._entries[:drop]
        self._dropped += drop


def _time(position: str) -> int:
    return int(position.partition("-")[0])


def _number(position: str) -> int:
    return int(position.partition("-")[2] or 0)
