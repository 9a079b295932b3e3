"""Redis Streams with a consumer group: what Redis itself offers for a queue.

    put      XADD {tl:Q}:stream * task <task as JSON>
    claim    XPENDING IDLE + XCLAIM for what dead workers hold (XAUTOCLAIM does both in one step, but does not say who
             held it and how often), then XREADGROUP for what is new
    renew    XCLAIM JUSTID, which sets the time of silence back to nothing
    finish   XACK + XDEL; a retry is added again in the same MULTI

What you get for free: an entry stays until it is acknowledged, so a kill loses nothing; Redis remembers who has it,
since when, and how often it was handed out; XADD wakes blocked readers.

What you don't get:

- priorities: a stream has one order;
- delays: a retry runs at once, behind all others, and so does what is released;
- fencing: XACK asks for the entry, not for its holder. A worker that slept through its lease still acknowledges after
  XCLAIM gave the task to another: XACK answers 1, its result counts, and the rightful holder is told False. Then two
  ends of one task stand in the history; and if the late one asked for a retry, the task runs again. (Where upkeep took
  the task back it is a new entry, and the late XACK answers 0, but the rest holds.) `renew` looks whose the entry is,
  but look and renewal are two steps;
- a task by its id: no cancelling, no idempotent put, and `missing` reads everything;
- an end to the consumers: the group remembers every worker that ever read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from redis.asyncio import Redis

from system.queues.codec import RawEvent, verb_and_detail
from system.queues.connection import redis_errors
from system.queues.grouping import places_by_queue
from system.queues.plain import PlainQueue, queued
from system.queues.protocol import Ability, Cleanup, Grant, Stats
from system.queues.stream_group import BATCH, Group, Pending
from system.tasks.events import Kind
from system.tasks.outcome import Reason, RetryIn, Settlement
from system.tasks.task import Claim, Task

UPKEEP = "upkeep"  # the consumer that takes back what nobody claims


class StreamQueue(PlainQueue):
    """The `streams` queue; implements queues.protocol.Queue as far as the module's docstring says."""

    abilities = Ability.LEASES | Ability.PERSISTENCE

    def __init__(self, redis: Redis, *, lease_seconds: float) -> None:
        super().__init__(redis)
        self._lease_ms = round(lease_seconds * 1000)

    async def put(self, tasks: Sequence[Task], *, announce: bool = False) -> None:
        """Add entries. Raises Unsupported where a task's time is still to come."""
        await self._refuse_delays(tasks)
        for queue, places in places_by_queue(tasks).items():
            new = [tasks[place] for place in places]
            await self._group(queue).change([queued(task, announce=announce) for task in new], add=new)

    async def claim(self, worker: str, queues: Sequence[str], limit: int) -> Grant:
        """Take over what dead workers hold, then read what is new."""
        claims: list[Claim] = []
        for queue in queues:
            group, wanted = self._group(queue), limit - len(claims)
            silent = await group.pending(wanted, silent_ms=self._lease_ms)
            found, _ = await _take_over(group, worker, silent, self._lease_ms)
            if len(found) < wanted:
                found += await group.read_new(worker, wanted - len(found))
            if found:
                await group.change([told(Kind.CLAIMED, claim) for claim in found])
            claims += found
            if len(claims) >= limit:
                break
        return Grant(claims, None if claims else await self._ask_again(queues))

    async def wait(self, queues: Sequence[str], seconds: float) -> None:
        """Block until a stream has an entry that nobody was given; all who wait wake up."""
        if seconds > 0:
            given = {self._group(queue).stream: await self._group(queue).last_given() for queue in queues}
            with redis_errors():
                await self._redis.xread(given, count=1, block=max(1, round(seconds * 1000)))

    async def finish(self, settlements: Sequence[Settlement]) -> list[bool]:
        """Acknowledge and delete. False only says that somebody did so before, rightfully or not."""
        answers = [False] * len(settlements)
        for queue, places in places_by_queue(settlement.claim.task for settlement in settlements).items():
            events: list[RawEvent] = []
            again: list[Task] = []
            for place in places:
                claim, decision = settlements[place].claim, settlements[place].decision
                kind, detail = verb_and_detail(settlements[place])
                events.append((kind, claim.task.id, claim.token, claim.delivery, detail))
                if isinstance(decision, RetryIn):
                    detail["run_at"] = decision.task.run_at
                    again.append(replace(decision.task, deliveries=claim.delivery))
                    events.append(queued(again[-1]))
            done = [settlements[place].claim for place in places]
            for place, acked in zip(places, await self._group(queue).change(events, add=again, done=done), strict=True):
                answers[place] = acked
        return answers

    async def renew(self, claims: Sequence[Claim]) -> list[bool]:
        """Begin the leases anew that their workers still hold; XCLAIM alone would take them away from others."""
        answers = [False] * len(claims)
        for queue, places in places_by_queue(claim.task for claim in claims).items():
            group = self._group(queue)
            for worker in {worker_of(claims[place]) for place in places}:
                held = {found.token for found in await group.pending(BATCH, worker=worker)}
                kept = [place for place in places if claims[place].token in held]
                await group.touch(worker, [claims[place] for place in kept])
                for place in kept:
                    answers[place] = True
        return answers

    async def release(self, claims: Sequence[Claim], seconds: float | Sequence[float] = 0.0) -> None:  # noqa: ARG002
        """Add the tasks again, behind all others; the pause is not kept."""
        for claim in claims:
            await _put_back(self._group(claim.task.queue), claim, [told(Kind.RELEASED, claim)])

    async def abandon(self, worker: str, queues: Sequence[str]) -> int:
        """Add again what a dead worker holds."""
        ended = 0
        for queue in queues:
            group = self._group(queue)
            found = await self._take_back(group, await group.pending(BATCH, worker=worker), 0)
            ended += found.requeued + found.dead
        return ended

    async def cleanup(self, queue: str) -> Cleanup:
        """Add again what nobody renewed in time."""
        group = self._group(queue)
        return await self._take_back(group, await group.pending(BATCH, silent_ms=self._lease_ms), self._lease_ms)

    async def stats(self, queue: str) -> Stats:
        """Count entries; what was finished is deleted, and not counted."""
        group = self._group(queue)
        entries, handed_out = await group.counts()
        first, now = await group.next_tasks(1), await self._now_ms()
        return Stats(
            ready=max(0, entries - handed_out),
            leased=handed_out,
            oldest_age_seconds=max(0, now - first[0].run_at) / 1000 if first else 0.0,
        )

    async def missing(self, queue: str, task_ids: Sequence[str]) -> list[str]:
        """Read the whole stream."""
        held = {task.id for task in await self._group(queue).tasks()}
        return [task_id for task_id in task_ids if task_id not in held]

    def _group(self, queue: str) -> Group:
        return Group(self._redis, queue)

    async def _ask_again(self, queues: Sequence[str]) -> float | None:
        """Return the seconds until the next lease ends, as far as the oldest entries tell."""
        pending = [found for queue in queues for found in await self._group(queue).pending(BATCH)]
        left = min((self._lease_ms - found.silent_ms for found in pending), default=None)
        return None if left is None else max(0, left) / 1000

    async def _take_back(self, group: Group, pending: Sequence[Pending], silent_ms: int) -> Cleanup:
        claims, dead = await _take_over(group, UPKEEP, pending, silent_ms)
        for claim in claims:
            await _put_back(group, claim, [])
        return Cleanup(requeued=len(claims), dead=dead)


async def _take_over(group: Group, worker: str, pending: Sequence[Pending], silent_ms: int) -> tuple[list[Claim], int]:
    """Make pending entries `worker`'s: return its claims, and how many tasks died of too many deliveries instead."""
    events: list[RawEvent] = []
    claims: list[Claim] = []
    dead: list[Claim] = []
    for lost, claim in await group.seize(worker, pending, silent_ms):
        events.append(told(Kind.EXPIRED, lost))
        if lost.delivery < lost.task.delivery_limit:
            claims.append(claim)
        else:
            dead.append(lost)
            why = f"delivered {lost.delivery} times and never finished: it is taken for a task that kills its workers"
            events.append((Kind.DEAD, lost.task.id, lost.token, lost.delivery, {"error": why, "reason": Reason.POISON}))
    if events:
        await group.change(events, done=dead)
    return claims, len(dead)


async def _put_back(group: Group, claim: Claim, events: list[RawEvent]) -> None:
    """Add a claim's task again as if it had not been claimed, and drop the old entry."""
    again = replace(claim.task, deliveries=claim.delivery - 1)
    await group.change([*events, queued(again)], add=[again], done=[claim])


def told(kind: Kind, claim: Claim) -> RawEvent:
    """Tell what happened to a claim."""
    return (kind, claim.task.id, claim.token, claim.delivery, None)


def worker_of(claim: Claim) -> str:
    """Return the worker that a claim's token names."""
    return claim.token.partition(":")[2]
