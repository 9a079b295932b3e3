"""The real LeaseQueue and the model, driven together: each verb is done to both, and their answers are compared."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

from redis.asyncio import Redis

from system.queues.keys import Keys
from system.queues.leases import LeaseQueue
from system.queues.protocol import Stats
from system.tasks.events import Batch, Event
from system.tasks.outcome import Settlement
from system.tasks.task import Claim, Task
from tests.contract.queue_model import SOON, ModelQueue, Told
from tests.contract.queue_picture import Picture, check, take_picture

T = TypeVar("T")
LEASE_SECONDS = 3_600  # no lease ends by itself while an example runs
LEASE_MS = LEASE_SECONDS * 1000
MARGIN = 25  # ms between two readings of one clock, by Redis and by Python
BATCH = 1_000  # tasks that one queue gives at once
MINUTE = 50  # seconds after which the rates of the last minute may have forgotten something
IN_TIME = [field.name for field in fields(Picture) if field.name not in {"deliveries", "leases", "scheduled"}]


class SideBySide:
    """Some named queues on an empty server, and a model of each."""

    def __init__(self, runner: asyncio.Runner, redis: Redis, queues: Sequence[str]) -> None:
        self.models = {queue: ModelQueue() for queue in queues}
        self._queue = LeaseQueue(redis, lease_seconds=LEASE_SECONDS)
        self._redis: Any = redis
        self._runner = runner
        self._begun = time.monotonic()
        self._now = 0  # ms, when the last call began
        self._marker: str | None = None  # taken by a wait, for the next claim
        self._slack = 0  # ms that the longest call took since both were compared
        self._fences = dict.fromkeys(queues, 0)
        self.lose_everything()

    # Verbs of the protocol

    def put(self, tasks: Sequence[Task], *, announce: bool) -> None:
        """Put tasks into their queues."""
        self._call(self._queue.put(tasks, announce=announce))
        for queue, model in self.models.items():
            model.put([task for task in tasks if task.queue == queue], self._now, announce=announce)
            self._told(queue)

    def claim(self, worker: str, queues: Sequence[str], limit: int) -> list[Claim]:
        """Claim from one queue after the other; return the claims."""
        grant = self._call(self._queue.claim(worker, queues, limit))
        tokens = {claim.task.queue: claim.token for claim in grant.claims}
        for queue, token in tokens.items():
            fence, _, owner = token.partition(":")
            assert owner == worker
            assert int(fence) > self._fences[queue], "the fence did not rise"
            self._fences[queue] = int(fence)
        claims: list[Claim] = []
        pauses: list[int | None] = []
        due_soon: list[str] = []
        for queue in queues:
            model = self.models[queue]
            self._marker = None if self._marker == queue else self._marker
            wanted = min(limit - len(claims), BATCH)
            claims += (gained := model.claim(wanted, self._now, LEASE_MS, tokens.get(queue, "none")))
            if not gained:
                pauses.append(pause := model.pays_in(self._now))
                due_soon += [queue] if pause is not None and pause < SOON else []
            self._told(queue)
            if len(claims) == limit:
                break
        if claims:  # somebody else shall be woken
            for queue in [*due_soon, *([self._marker] if self._marker is not None else [])]:
                self.models[queue].woken = True
        self._marker = None
        assert grant.claims == [replace(claim, task=_carried(claim.task)) for claim in claims]
        pause = min((pause for pause in pauses if pause is not None), default=None)
        assert (pause is None) == (grant.retry_in is None)
        if pause is not None and grant.retry_in is not None:
            assert abs(grant.retry_in * 1000 - pause) <= self._slack
        return grant.claims

    def wait(self, queue: str) -> None:
        """Wait for the marker where there is one: that takes no time, and takes the marker."""
        if self.models[queue].woken:
            self._call(self._queue.wait([queue], LEASE_SECONDS))
            self.models[queue].woken, self._marker = False, queue

    def finish(self, settlements: Sequence[Settlement]) -> None:
        """Settle claims."""
        answers = self._call(self._queue.finish(settlements))
        assert answers == self._each(settlements, lambda it: it.claim, lambda model, it: model.finish(it, self._now))

    def renew(self, claims: Sequence[Claim]) -> None:
        """Renew leases."""
        answers = self._call(self._queue.renew(claims))
        assert answers == self._each(claims, lambda it: it, lambda model, it: model.renew(it, self._now, LEASE_MS))

    def release(self, claims: Sequence[Claim], seconds: int) -> None:
        """Give claims back."""
        self._call(self._queue.release(claims, seconds))
        self._each(claims, lambda it: it, lambda model, it: model.release(it, self._now, seconds * 1000))

    def abandon(self, worker: str, queues: Sequence[str]) -> None:
        """End a worker's leases."""
        answer = self._call(self._queue.abandon(worker, queues))
        assert answer == sum(self.models[queue].abandon(worker) for queue in queues)

    def cancel(self, queue: str, task_id: str) -> None:
        """Take a task out."""
        answer = self._call(self._queue.cancel(queue, task_id))
        assert answer == self.models[queue].cancel(task_id)
        self._told(queue)

    def pause(self, queue: str) -> None:
        """Hand nothing out."""
        self._call(self._queue.pause(queue))
        self.models[queue].paused = True

    def resume(self, queue: str) -> None:
        """Hand out again."""
        self._call(self._queue.resume(queue))
        self.models[queue].paused, self.models[queue].woken = False, True

    def cleanup(self, queue: str) -> None:
        """Heal without claiming."""
        answer = self._call(self._queue.cleanup(queue))
        assert answer == self.models[queue].cleanup(self._now)
        self._told(queue)

    def missing(self, queue: str, ids: Sequence[str]) -> None:
        """Ask which of some ids are not there."""
        answer = self._call(self._queue.missing(queue, ids))
        assert answer == [task_id for task_id in ids if task_id not in self.models[queue].tasks]

    # What befalls a queue

    def end_leases(self, queue: str, ids: Sequence[str], at: int) -> None:
        """Let leases end at a time long past, instead of waiting for them."""
        self._set_times(Keys(queue).leases, self.models[queue].leases, dict.fromkeys(ids, at))

    def fall_due(self, queue: str, ids: Sequence[str], at: int) -> None:
        """Let scheduled tasks be due since a time long past."""
        self._set_times(Keys(queue).scheduled, self.models[queue].scheduled, dict.fromkeys(ids, at))

    def forget_functions(self) -> None:
        """Flush the functions; the next call loads them again."""
        self._call(self._redis.function_flush())

    def lose_everything(self) -> None:
        """Flush the data of both; only what was read of the fence and of the epoch is remembered."""
        for queue in self.models:
            self.models[queue] = ModelQueue()
        self._call(self._redis.flushall())
        self._positions = dict.fromkeys(self.models, "0")
        self._expected: dict[str, list[tuple[int, list[Told]]]] = {queue: [] for queue in self.models}
        for queue in self.models:
            assert self._call(self._queue.epoch(queue)) is None, "who lost everything must not know its epoch"
            assert self._call(self._queue.begin_epoch(queue)) == self._call(self._queue.epoch(queue))

    # Comparing

    def compare(self) -> None:
        """Assert that both hold the same, count the same and told the same, and that the invariants hold."""
        for queue, model in self.models.items():
            begun = _now()
            picture, stats, batches = self._runner.run(self._look_at(queue))
            check(picture)
            self._compare_pictures(model, picture)
            self._compare_stats(model, stats, begun)
            self._compare_history(queue, batches)
        self._slack = 0

    async def _look_at(self, queue: str) -> tuple[Picture, Stats, list[Batch]]:
        picture = await take_picture(self._redis, queue)
        stats = await self._queue.stats(queue)
        return picture, stats, await self._queue.history(queue, self._positions[queue], 1_000)

    def _compare_pictures(self, model: ModelQueue, picture: Picture) -> None:
        expected = replace(picture, **{name: getattr(model, name) for name in IN_TIME})
        assert picture == replace(expected, tasks={task.id: _carried(task) for task in model.tasks.values()})
        assert _counted(picture.deliveries) == _counted(model.deliveries)
        for real, book in ((picture.leases, model.leases), (picture.scheduled, model.scheduled)):
            assert real.keys() == book.keys()
            assert all(abs(real[task_id] - book[task_id]) <= self._slack for task_id in real)
            book.update(real)  # from now on, to the millisecond

    def _compare_stats(self, model: ModelQueue, stats: Stats, begun: int) -> None:
        by_priority = {priority: len(ids) for priority, ids in model.ready.items()}
        counts = (stats.ready, stats.leased, stats.scheduled, stats.by_priority, stats.paused)
        assert counts == (
            sum(by_priority.values()), len(model.leases), len(model.scheduled), by_priority, model.paused,
        )  # fmt: skip
        oldest = min((model.tasks[ids[-1]].run_at for ids in model.ready.values() if ids), default=None)
        age = 0 if oldest is None else max(0, begun - oldest)
        assert abs(stats.oldest_age_seconds * 1000 - age) <= _now() - begun + MARGIN
        if time.monotonic() - self._begun < MINUTE:
            assert (stats.finished_1m, stats.failed_1m) == (model.finished, model.failed)

    def _compare_history(self, queue: str, batches: list[Batch]) -> None:
        self._positions[queue] = batches[-1].position if batches else self._positions[queue]
        expected, self._expected[queue] = self._expected[queue], []
        assert len(batches) == len(expected), "one entry a call that did something"
        for batch, (now, told) in zip(batches, expected, strict=True):
            at = int(batch.position.partition("-")[0])
            assert abs(at - now) <= self._slack
            assert list(batch.events) == [
                self._event(queue, at, one, event) for one, event in zip(told, batch.events, strict=True)
            ]

    def _event(self, queue: str, at: int, told: Told, real: Event) -> Event:
        """Write what the model told as an event; a time that is close enough to the real one becomes it."""
        kind, task_id, token, delivery, rest = told
        run_at = rest.get("run_at")
        if run_at is not None and real.run_at is not None and abs(run_at - real.run_at) <= self._slack:
            run_at = real.run_at
        return Event(
            kind=kind,
            at=at,
            queue=queue,
            task_id=task_id,
            token=token,
            delivery=delivery,
            started_at=round(at - rest["started"]) if "started" in rest else None,
            finished_at=round(at - rest["ended"]) if "ended" in rest else None,
            result=rest.get("result"),
            error=rest.get("error"),
            run_at=run_at,
            failures=rest.get("failures"),
            reason=rest.get("reason"),
            task=_carried(rest["task"]) if "task" in rest else None,
        )

    def _set_times(self, key: str, book: dict[str, int], times: dict[str, int]) -> None:
        if times:
            self._call(self._redis.zadd(key, times, xx=True))
            book |= times

    def _call(self, verb: Awaitable[T]) -> T:
        """Do something to the real queue and note when."""

        async def done() -> T:
            return await verb

        self._now = _now()
        answer = self._runner.run(done())
        self._slack = max(self._slack, _now() - self._now + MARGIN)
        return answer

    def _each(
        self, items: Sequence[T], claim_of: Callable[[T], Claim], do: Callable[[ModelQueue, T], bool | None]
    ) -> list[bool | None]:
        answers = [do(self.models[claim_of(item).task.queue], item) for item in items]
        for queue in self.models:
            self._told(queue)
        return answers

    def _told(self, queue: str) -> None:
        """Close the entry that the model's last call makes."""
        told, self.models[queue].told = self.models[queue].told, []
        if told:
            self._expected[queue].append((self._now, told))


def _now() -> int:
    return int(time.time() * 1000)


def _carried(task: Task) -> Task:
    """Return a task as it comes out of a queue: the deliveries are counted beside it."""
    return replace(task, deliveries=0)


def _counted(deliveries: dict[str, int]) -> dict[str, int]:
    return {task_id: times for task_id, times in deliveries.items() if times}
