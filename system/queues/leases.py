"""Phase 2 done right, the default queue: atomic claims under a lease with a fencing token.

A kill at any moment loses nothing: until `finish` takes a task out, in the same step that writes its outcome into the
history, the task is in Redis, and a lease that nobody renews any more ends by itself. Each verb is one Lua function
(lua/*.lua), atomic on the server and made for batches; keys.py draws the map of what they touch.

No call is re-sent by the client: a claim whose answer got lost comes back when its lease ends.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, TypeVar
from uuid import uuid4

import orjson
from redis.asyncio import Redis

from system.queues.breakers import Breakers, RedisBreakers
from system.queues.codec import decode, encode, report_detail, verb_and_detail
from system.queues.connection import redis_errors
from system.queues.functions import Functions
from system.queues.grouping import each
from system.queues.history import StreamHistory
from system.queues.keys import Keys
from system.queues.protocol import Ability, Cleanup, Grant, Place, Stats
from system.tasks.context import Report
from system.tasks.errors import QueueUnavailable
from system.tasks.outcome import RetryIn, Settlement
from system.tasks.task import PRIORITIES, Claim, Task

T = TypeVar("T")
BATCH = 1_000  # tasks a call at the most: Lua unpacks them onto its stack
CLEANUP_BATCH = 1_000
SOON_MS = 5_000  # as in claim.lua
keys_of = lru_cache(maxsize=1024)(Keys)


class LeaseQueue(StreamHistory):
    """The `leases` queue on one Redis; implements queues.protocol.Queue.

    `weights`, one for each priority, 0 first, let priorities share instead of the higher going first.
    """

    abilities = ~Ability.NONE

    def __init__(self, redis: Redis, *, lease_seconds: float, weights: Sequence[int] | None = None) -> None:
        super().__init__(redis)
        self._weights = weights or ()
        self._functions = Functions(redis)
        self._lease_ms = round(lease_seconds * 1000)
        self._marker: str | None = None  # taken by the last wait
        self.breakers: Breakers = RedisBreakers(redis)

    async def put(self, tasks: Sequence[Task], *, announce: bool = False) -> None:
        """Make tasks wait; see put.lua."""
        for queue, chunk in _by_queue(tasks, lambda task: task.queue):
            args: list[Any] = [int(announce)]
            for task in chunk:
                # A task without a delay is due now, also where its client's clock is ahead of the server's.
                due = task.run_at if task.run_at > task.created_at else 0
                args += (task.id, due, task.deliveries, encode(task))
            await self._functions.call("put", keys_of(queue).all, args)

    async def claim(self, worker: str, queues: Sequence[str], limit: int) -> Grant:
        """Hand out up to `limit` tasks under leases; see claim.lua."""
        claims: list[Claim] = []
        retry_in: float | None = None
        marker, self._marker = self._marker, None
        for_others: list[str] = []
        for queue in queues:
            keys = keys_of(queue)
            marker = None if marker == keys.wake else marker
            wanted = min(limit - len(claims), BATCH)
            reply = await self._functions.call("claim", keys.all, (worker, wanted, self._lease_ms, *self._weights))
            token = reply[0].decode()
            if token:
                claims += _claims(queue, token, reply)
            elif reply[1] >= 0:
                seconds = reply[1] / 1000
                retry_in = seconds if retry_in is None else min(retry_in, seconds)
                for_others += [keys.wake] if reply[1] < SOON_MS else []
            if len(claims) >= limit:
                break
        for_others += [marker] if marker is not None else []
        if claims and for_others:
            await self._pass_on(for_others)
        return Grant(claims, retry_in)

    async def wait(self, queues: Sequence[str], seconds: float) -> None:
        """Block on the wake markers."""
        if seconds > 0:
            with redis_errors():
                taken = await self._redis.bzpopmin([keys_of(queue).wake for queue in queues], timeout=seconds)
            self._marker = taken[0].decode() if taken else None

    async def _pass_on(self, markers: Sequence[str]) -> None:
        """Arm markers for somebody else: this worker has its hands full and can't see to their queues."""
        for marker in markers:
            with suppress(QueueUnavailable), redis_errors():  # the claims at hand are worth more
                await self._redis.zadd(marker, {"w": 0})

    async def finish(self, settlements: Sequence[Settlement]) -> list[bool]:
        """Settle claims; see finish.lua."""
        answers: defaultdict[str, deque[bool]] = defaultdict(deque)
        for queue, chunk in _by_queue(settlements, lambda settlement: settlement.claim.task.queue):
            args: list[Any] = []
            for settlement in chunk:
                args += _finish_args(settlement)
            reply = await self._functions.call("finish", keys_of(queue).all, args)
            answers[queue].extend(map(bool, reply))
        return [answers[settlement.claim.task.queue].popleft() for settlement in settlements]

    async def renew(self, claims: Sequence[Claim]) -> list[bool]:
        """Begin leases anew; see renew.lua."""
        answers: defaultdict[str, deque[bool]] = defaultdict(deque)
        for queue, chunk in _by_queue(claims, lambda claim: claim.task.queue):
            reply = await self._functions.call("renew", keys_of(queue).all, [self._lease_ms, *_ids_and_tokens(chunk)])
            answers[queue].extend(map(bool, reply))
        return [answers[claim.task.queue].popleft() for claim in claims]

    async def report(self, reports: Sequence[Report]) -> None:
        """Tell how far tasks are; see report.lua."""
        for queue, chunk in _by_queue(reports, lambda report: report.queue):
            args: list[Any] = []
            for one in chunk:
                args += (one.task_id, one.token, one.delivery, orjson.dumps(report_detail(one))[1:-1])
            await self._functions.call("report", keys_of(queue).all, args)

    async def release(self, claims: Sequence[Claim], seconds: float | Sequence[float] = 0.0) -> None:
        """Give claims back unrun; see release.lua."""
        paused = list(zip(claims, each(seconds, claims), strict=True))
        for queue, chunk in _by_queue(paused, lambda one: one[0].task.queue):
            args = [part for claim, pause in chunk for part in (claim.task.id, claim.token, _pause_ms(pause))]
            await self._functions.call("release", keys_of(queue).all, args)

    async def abandon(self, worker: str, queues: Sequence[str]) -> int:
        """End a dead worker's leases; see abandon.lua."""
        return sum([await self._functions.call("abandon", keys_of(queue).all, [worker]) for queue in queues])

    async def cancel(self, queue: str, task_id: str) -> bool:
        """Take a task out; see cancel.lua."""
        return bool(await self._functions.call("cancel", keys_of(queue).all, [task_id]))

    async def pause(self, queue: str) -> None:
        """Hand out nothing until resumed."""
        with redis_errors():
            await self._redis.set(keys_of(queue).paused, 1)

    async def resume(self, queue: str) -> None:
        """Undo a pause, and wake a worker."""
        with redis_errors():
            await self._redis.delete(keys_of(queue).paused)
            await self._redis.zadd(keys_of(queue).wake, {"w": 0})

    async def cleanup(self, queue: str) -> Cleanup:
        """Take back ended leases and promote what is due; see cleanup.lua."""
        requeued, dead = await self._functions.call("cleanup", keys_of(queue).all, [CLEANUP_BATCH])
        return Cleanup(requeued, dead)

    async def check(self, queue: str) -> None:
        """Write a mark that is gone at once: a Redis without memory or disk answers questions, and takes nothing."""
        with redis_errors():
            await self._redis.set(keys_of(queue).probe, 1, px=1)

    async def find(self, queue: str, task_id: str) -> Place | None:
        """Look for one task; see find.lua."""
        where, ahead, until, token = await self._functions.call("find", keys_of(queue).all, [task_id])
        match where:
            case b"leased":
                return Place("leased", until_ms=until, worker=token.decode().partition(":")[2])
            case b"scheduled":
                return Place("scheduled", until_ms=until)
            case b"ready":
                return Place("ready", ahead=None if ahead < 0 else ahead)
        return None

    async def stats(self, queue: str) -> Stats:
        """Count; see stats.lua."""
        reply = await self._functions.call("stats", keys_of(queue).all)
        leased, scheduled, paused, oldest_ms, finished, failed, *lengths = reply
        return Stats(
            ready=sum(lengths),
            leased=leased,
            scheduled=scheduled,
            by_priority=dict(zip(PRIORITIES, lengths, strict=True)),
            oldest_age_seconds=max(0, oldest_ms) / 1000,
            paused=bool(paused),
            finished_1m=finished,
            failed_1m=failed,
        )

    async def missing(self, queue: str, task_ids: Sequence[str]) -> list[str]:
        """Return the ids this Redis does not hold; see missing.lua."""
        absent: list[str] = []
        for chunk in _chunks(task_ids):
            absent += [i.decode() for i in await self._functions.call("missing", keys_of(queue).all, chunk)]
        return absent

    async def epoch(self, queue: str) -> str | None:
        """Return the mark that a Redis which lost its data lacks."""
        with redis_errors():
            mark = await self._redis.get(keys_of(queue).epoch)
        return mark.decode() if mark else None

    async def begin_epoch(self, queue: str) -> str:
        """Set a new mark."""
        mark = uuid4().hex
        with redis_errors():
            await self._redis.set(keys_of(queue).epoch, mark)
        return mark

    async def close(self) -> None:
        """Close the client's connections."""
        await self._redis.aclose()


def _claims(queue: str, token: str, reply: list[Any]) -> Iterator[Claim]:
    for at in range(2, len(reply), 3):
        task_id, body, delivery = reply[at : at + 3]
        yield Claim(decode(queue, task_id.decode(), body), token, delivery)


def _finish_args(settlement: Settlement) -> tuple[Any, ...]:
    claim, decision = settlement.claim, settlement.decision
    kind, detail = verb_and_detail(settlement)
    pause, body = "0", b""
    if isinstance(decision, RetryIn):
        pause, body = _pause(decision), encode(decision.task)
    return claim.task.id, claim.token, claim.delivery, kind, pause, body, orjson.dumps(detail)[1:-1]


def _pause(retry: RetryIn) -> str:
    """Write a retry's pause as finish.lua reads it."""
    pause, budget = _pause_ms(retry.seconds), retry.budget
    if budget is None:
        return str(pause)
    return f"{pause}:{max(1, round(1_000_000 / budget.per_second))}:{budget.burst}:{retry.task.type}"


def _pause_ms(seconds: float) -> int:
    return max(0, round(seconds * 1000))


def _ids_and_tokens(claims: Iterable[Claim]) -> list[str]:
    return [part for claim in claims for part in (claim.task.id, claim.token)]


def _by_queue(items: Sequence[T], queue_of: Any) -> Iterator[tuple[str, list[T]]]:
    """Group items by named queue, in chunks that one call can carry."""
    groups: defaultdict[str, list[T]] = defaultdict(list)
    for item in items:
        groups[queue_of(item)].append(item)
    for queue, group in groups.items():
        for chunk in _chunks(group):
            yield queue, chunk


def _chunks(items: Sequence[T]) -> Iterator[list[T]]:
    for start in range(0, len(items), BATCH):
        yield list(items[start : start + BATCH])
