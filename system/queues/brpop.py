"""Phase 2 exactly as the seed wrote it: a list, BRPOP, and a key with a time to live for what is being processed.

    put      LPUSH {tl:Q}:seed:task_queue <task as JSON>
    claim    BRPOP {tl:Q}:seed:task_queue, one task, waiting up to 1 s for it; then, a second round trip,
             SET {tl:Q}:seed:processing:<id> processing EX 300
    finish   DEL {tl:Q}:seed:processing:<id>; a retry is LPUSHed before, to run at once
    cleanup  looks for processing keys that have little of their time left

The seed's names were `task_queue` and `processing:<id>`; ours stand under the prefix that the access list allows.

Which kill loses a task:

- between BRPOP and SET: gone without a trace. It is neither in the list nor marked, and nobody knows that it was. A
  connection that breaks there does the same without any kill;
- after SET: the key holds the id but not the task. Only the clean-up, if it comes by in the minute before the key
  expires, can report the id as orphaned, and only SQL can bring the task back;
- between LPUSH and DEL of a retry: not lost, but run once too often if the clean-up then reports it.

A task that runs longer than four minutes is reported as orphaned while its worker is at it, and runs twice. Nothing
tells a late finish from a timely one. There are no priorities and no delays; a task that kills its worker is never
given up by the queue. Putting a task twice runs it twice.

The notebook (plain.py) rides along: each entry shares a round trip with the command that it tells of, but not a
transaction. It is sent before that command, so that it is never the notebook that loses a task; only a claim, which
nobody can foresee, is noted after its SET.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from system.queues.codec import RawEvent, encode_events, verb_and_detail
from system.queues.connection import redis_errors
from system.queues.grouping import places_by_queue
from system.queues.keys import Keys
from system.queues.plain import PlainQueue, queued, read, write
from system.queues.protocol import Ability, Cleanup, Grant, Stats
from system.tasks.events import Kind
from system.tasks.outcome import RetryIn, Settlement
from system.tasks.task import Claim, Task

BLOCK_SECONDS = 1
PROCESSING_SECONDS = 300
STALE_SECONDS = 240  # a processing key older than this is taken for one that a dead worker left


class BrpopQueue(PlainQueue):
    """The seed's queue. `abilities` has persistence alone: a caller who asks for a delay gets Unsupported."""

    abilities = Ability.PERSISTENCE

    async def put(self, tasks: Sequence[Task], *, announce: bool = False) -> None:
        """LPUSH. Raises Unsupported where a task's time is still to come."""
        await self._refuse_delays(tasks)
        for queue, places in places_by_queue(tasks).items():
            group = [tasks[place] for place in places]
            told = [queued(task, announce=announce) for task in group]
            await self._send(note(queue, told), ("LPUSH", task_list(queue), *map(write, group)))

    async def claim(self, worker: str, queues: Sequence[str], limit: int) -> Grant:  # noqa: ARG002 (always one)
        """BRPOP one task, blocking up to a second as the seed's worker did, then SET its processing key."""
        with redis_errors():
            popped = await self._redis.brpop([task_list(queue) for queue in queues], timeout=BLOCK_SECONDS)
        if popped is None:
            return Grant([])
        task = read(popped[1])
        claim = Claim(task, f"{time.time_ns()}:{worker}", task.deliveries + 1)  # the number is no fence, only unique
        told: RawEvent = (Kind.CLAIMED, task.id, claim.token, claim.delivery, None)
        # A worker that is killed here takes the task with it.
        await self._send(
            ("SET", processing(task), "processing", "EX", PROCESSING_SECONDS),
            note(task.queue, [told]),
        )
        return Grant([claim])

    async def wait(self, queues: Sequence[str], seconds: float) -> None:
        """Return at once: `claim` has waited already."""

    async def finish(self, settlements: Sequence[Settlement]) -> list[bool]:
        """DEL; a retry is LPUSHed at once, whatever pause was decided. Nothing is ever refused."""
        for settlement in settlements:
            claim, decision = settlement.claim, settlement.decision
            kind, detail = verb_and_detail(settlement)
            told: list[RawEvent] = [(kind, claim.task.id, claim.token, claim.delivery, detail)]
            done = ("DEL", processing(claim.task))
            if isinstance(decision, RetryIn):
                again = replace(decision.task, deliveries=claim.delivery)
                detail["run_at"] = again.run_at
                told.append(queued(again))
                await self._send(note(again.queue, told), ("LPUSH", task_list(again.queue), write(again)))
                await self._send(done)
            else:
                await self._send(note(claim.task.queue, told), done)
        return [True] * len(settlements)

    async def renew(self, claims: Sequence[Claim]) -> list[bool]:
        """Say yes: there is no lease to renew, and the seed never touched the processing key again."""
        return [True] * len(claims)

    async def release(self, claims: Sequence[Claim], seconds: float | Sequence[float] = 0.0) -> None:  # noqa: ARG002
        """RPUSH to the front, DEL. The pause is not kept: not to give the task back would be worse."""
        for claim in reversed(claims):
            queue = claim.task.queue
            told: RawEvent = (Kind.RELEASED, claim.task.id, claim.token, claim.delivery, None)
            await self._send(note(queue, [told, queued(claim.task)]), ("RPUSH", task_list(queue), write(claim.task)))
            await self._send(("DEL", processing(claim.task)))

    async def abandon(self, worker: str, queues: Sequence[str]) -> int:  # noqa: ARG002
        """Return 0: the processing keys don't say whose they are."""
        return 0

    async def cleanup(self, queue: str) -> Cleanup:
        """Report, and delete, the processing keys that have less than a minute to live: ids without their tasks."""
        stale = []
        with redis_errors():
            for task_id in await self._processing_ids(queue):
                key = processing_key(queue, task_id)
                left = await self._redis.ttl(key)
                # Whoever deletes the key reports it, so that of several cleaners only one does.
                if 0 <= left < PROCESSING_SECONDS - STALE_SECONDS and await self._redis.delete(key):
                    stale.append(task_id)
        return Cleanup(orphaned=stale)

    async def stats(self, queue: str) -> Stats:
        """Count the list and the processing keys; the seed kept no count of what was finished."""
        now = await self._now_ms()
        with redis_errors():
            ready = await self._redis.llen(task_list(queue))
            first = await self._redis.lindex(task_list(queue), -1)
            leased = len(await self._processing_ids(queue))
        oldest = now - read(first).run_at if first else 0
        return Stats(ready=ready, leased=leased, oldest_age_seconds=max(0, oldest) / 1000)

    async def missing(self, queue: str, task_ids: Sequence[str]) -> list[str]:
        """Read the whole list, and the processing keys' names."""
        with redis_errors():
            waiting = {read(body).id for body in await self._redis.lrange(task_list(queue), 0, -1)}
            held = waiting.union(await self._processing_ids(queue))
        return [task_id for task_id in task_ids if task_id not in held]

    async def _processing_ids(self, queue: str) -> list[str]:
        prefix = processing_key(queue, "")
        pattern = re.sub(r"([][*?\\^-])", r"\\\1", prefix) + "*"  # a queue may be called "*"
        return [key.decode().removeprefix(prefix) async for key in self._redis.scan_iter(pattern, count=1000)]

    async def _send(self, *commands: tuple[Any, ...]) -> None:
        """Send commands in one round trip, one after the other: a server that dies between them has done the first."""
        with redis_errors():
            async with self._redis.pipeline(transaction=False) as pipe:
                for command in commands:
                    pipe.execute_command(*command)
                await pipe.execute()


def note(queue: str, events: Sequence[RawEvent]) -> tuple[Any, ...]:
    """Return the command that writes into the notebook."""
    return ("XADD", Keys(queue).events, "*", "events", encode_events(events)["events"])


def task_list(queue: str) -> str:
    """Name the list of waiting tasks."""
    return "{tl:" + queue + "}:seed:task_queue"


def processing_key(queue: str, task_id: str) -> str:
    """Name the key that says a task is being processed."""
    return "{tl:" + queue + "}:seed:processing:" + task_id


def processing(task: Task) -> str:
    """Name a task's processing key."""
    return processing_key(task.queue, task.id)
