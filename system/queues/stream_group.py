"""One stream and its consumer group: the commands of Redis Streams, each in a method; a missing group is made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from system.queues.codec import RawEvent, encode_events
from system.queues.connection import redis_errors
from system.queues.history import entries_of
from system.queues.keys import Keys
from system.queues.plain import read, write
from system.tasks.task import Claim, Task

T = TypeVar("T")
GROUP = "workers"
BATCH = 1_000  # entries a call at the most


@dataclass(frozen=True, slots=True)
class Pending:
    """An entry that was handed out and not acknowledged: to whom, how often, how many ms ago."""

    entry: str
    worker: str
    times: int
    silent_ms: int

    @property
    def token(self) -> str:
        """What its holder shows: `entry.times:worker`."""
        return f"{self.entry}.{self.times}:{self.worker}"


class Group:
    """The workers of one named queue, as Redis Streams see them."""

    def __init__(self, redis: Redis, queue: str) -> None:
        self._redis: Any = redis  # the client's types allow for every kind of reply; ours are bytes
        self.queue = queue
        self.stream = "{tl:" + queue + "}:stream"
        self._events = Keys(queue).events

    async def read_new(self, worker: str, limit: int) -> list[Claim]:
        """XREADGROUP: hand out entries that nobody was given yet."""
        reply = await self._call(
            lambda: self._redis.xreadgroup(GROUP, worker, {self.stream: ">"}, count=limit),
        )
        return [_claim(Pending(entry.decode(), worker, 1, 0), fields) for entry, fields in entries_of(reply)]

    async def pending(self, limit: int, *, silent_ms: int | None = None, worker: str | None = None) -> list[Pending]:
        """XPENDING: the oldest entries handed out, those silent for some time or those of one worker."""
        found = await self._call(
            lambda: self._redis.xpending_range(
                self.stream, GROUP, min="-", max="+", count=limit, idle=silent_ms, consumername=worker
            )
        )
        return [
            Pending(
                one["message_id"].decode(),
                one["consumer"].decode(),
                one["times_delivered"],
                one["time_since_delivered"],
            )
            for one in found
        ]

    async def seize(self, worker: str, pending: Sequence[Pending], silent_ms: int) -> list[tuple[Claim, Claim]]:
        """XCLAIM: hand out entries again, if still silent for so long; for each, the claim lost and the new one."""
        known = {found.entry: found for found in pending}
        with redis_errors():
            reply = await self._redis.xclaim(self.stream, GROUP, worker, silent_ms, list(known)) if known else []
        pairs = []
        for entry, fields in reply:
            lost = known[entry.decode()]
            pairs.append((_claim(lost, fields), _claim(Pending(lost.entry, worker, lost.times + 1, 0), fields)))
        return pairs

    async def touch(self, worker: str, claims: Sequence[Claim]) -> None:
        """XCLAIM JUSTID: begin the time of silence anew, and count no delivery."""
        if not claims:
            return
        with redis_errors():
            await self._redis.xclaim(self.stream, GROUP, worker, 0, [entry_of(claim) for claim in claims], justid=True)

    async def change(
        self, events: Sequence[RawEvent], *, add: Sequence[Task] = (), done: Sequence[Claim] = ()
    ) -> list[bool]:
        """XADD, XACK, XDEL and the notebook's entry in one MULTI; for each claim done, whether it was still pending."""
        with redis_errors():
            async with self._redis.pipeline(transaction=True) as pipe:
                for claim in done:
                    pipe.xack(self.stream, GROUP, entry_of(claim))
                for claim in done:
                    pipe.xdel(self.stream, entry_of(claim))
                for task in add:
                    pipe.xadd(self.stream, {"task": write(task)})
                pipe.xadd(self._events, encode_events(events))
                replies = await pipe.execute()
        return [bool(reply) for reply in replies[: len(done)]]

    async def last_given(self) -> str:
        """XINFO GROUPS: the newest entry that was handed out."""
        groups = await self._call(lambda: self._redis.xinfo_groups(self.stream))
        return str(groups[0]["last-delivered-id"].decode()) if groups else "0"

    async def next_tasks(self, limit: int) -> list[Task]:
        """XRANGE: the tasks that wait, oldest first."""
        last = await self.last_given()
        with redis_errors():
            entries = await self._redis.xrange(self.stream, min=f"({last}", count=limit)
        return [read(fields[b"task"]) for _, fields in entries]

    async def tasks(self) -> list[Task]:
        """XRANGE: all there are, waiting or handed out."""
        with redis_errors():
            return [read(fields[b"task"]) for _, fields in await self._redis.xrange(self.stream)]

    async def counts(self) -> tuple[int, int]:
        """XLEN and XPENDING: how many entries there are, and how many of them are handed out."""
        with redis_errors():
            entries = await self._redis.xlen(self.stream)
            summary = await self._call(lambda: self._redis.xpending(self.stream, GROUP))
        return int(entries), int(summary["pending"])

    async def _call(self, command: Callable[[], Awaitable[T]]) -> T:
        with redis_errors():
            try:
                return await command()
            except ResponseError as error:
                if not str(error).startswith(("NOGROUP", "no such key")):
                    raise
            try:  # a new stream, or a wiped one
                await self._redis.xgroup_create(self.stream, GROUP, id="0", mkstream=True)
            except ResponseError as error:
                if not str(error).startswith("BUSYGROUP"):  # somebody else was quicker
                    raise
            return await command()


def entry_of(claim: Claim) -> str:
    """Return the id of a claim's entry."""
    return claim.token.partition(".")[0]


def _claim(pending: Pending, fields: dict[bytes, bytes]) -> Claim:
    task = read(fields[b"task"])
    return Claim(task, pending.token, task.deliveries + pending.times)
