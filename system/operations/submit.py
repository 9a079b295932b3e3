"""Submitting tasks: checked, under the backlog cap, and durable before the caller hears of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Literal

from system.operations.acceptance import Accepted, Order, QueueFirst, SqlFirst
from system.operations.arrivals import Arrivals
from system.operations.backlog import Backlog
from system.operations.dispatch import Dispatcher
from system.operations.group_commit import GroupCommit
from system.operations.idempotency_key import check as check_key
from system.operations.ids import new_id
from system.operations.new_task import NewTask
from system.operations.payload import MAX_BYTES
from system.queues.protocol import Ability, Queue
from system.storage.rows import task_row
from system.storage.store import Store
from system.tasks.errors import Conflict, InvalidBatch, InvalidTask, Unsupported
from system.tasks.task import Status

Accept = Literal["sql", "redis"]
RECORDER_SECONDS = 1.0


class Submitter:
    """The one way in. Works between `start` and `stop`.

    `accept` says what being accepted means: "sql", the row is committed; "redis", the queue has the task (as safe as
    its persistence, and faster). A task with an idempotency key always goes through SQL, whose unique index is what
    makes the key good.
    """

    def __init__(
        self,
        store: Store,
        queue: Queue,
        *,
        accept: Accept,
        max_backlog: int,
        max_payload_bytes: int = MAX_BYTES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.accept = accept
        self._max_payload_bytes = max_payload_bytes
        self._abilities = queue.abilities
        self._store = store
        self._clock = clock
        self._dispatcher = Dispatcher(queue)
        self._backlog = Backlog(store, queue, self._dispatcher, cap=max_backlog)
        sql = SqlFirst(store, self._dispatcher)
        self._keyed: GroupCommit[Order, Accepted] = GroupCommit(sql.accept)
        self._plain = self._keyed if accept == "sql" else GroupCommit(QueueFirst(self._dispatcher, sql).accept)
        self._in_flight: set[tuple[str | None, str]] = set()
        self.arrivals = Arrivals(store)
        self._queues: set[str] = set()

    @property
    def patience(self) -> float:
        """Seconds in which the record of an accepted task appears: until then, its absence says nothing."""
        return RECORDER_SECONDS if self.accept == "redis" else 0.0

    def start(self) -> None:
        """Begin to accept."""
        for group in {self._keyed, self._plain}:
            group.start()
        self.arrivals.start()

    async def stop(self) -> None:
        """Accept what was handed in, then nothing more."""
        for group in {self._keyed, self._plain}:
            await group.stop()
        await self._dispatcher.stop()
        await self.arrivals.stop()

    def validate(self, news: Sequence[NewTask]) -> None:
        """Raise InvalidBatch, which has the errors of all that can't be accepted by their indexes."""
        errors: dict[int, InvalidTask] = {}
        for index, new in enumerate(news):
            try:
                new.validate(max_payload_bytes=self._max_payload_bytes)
            except InvalidTask as error:
                errors[index] = error
        if errors:
            raise InvalidBatch(errors)

    async def submit(self, new: NewTask, idempotency_key: str | None = None, owner: str | None = None) -> Accepted:
        """Accept one task.

        Raises InvalidTask, Conflict (the key was used for something else, or is being used right now), Overloaded,
        StoreUnavailable. The same key and task again answer with the task of the first time.
        """
        new.validate(max_payload_bytes=self._max_payload_bytes)
        if idempotency_key is None:
            await self._admit([new])
            (accepted,) = await self._plain.add([self._order(new, owner)])
            self.arrivals.note([new.type])
            return accepted
        check_key(idempotency_key)
        return await self._submit_once(new, idempotency_key, owner)

    async def submit_many(self, news: Sequence[NewTask], owner: str | None = None) -> list[str]:
        """Accept all tasks or none and return their ids. Raises InvalidBatch, which says which ones are wrong."""
        self.validate(news)
        if not news:
            return []
        await self._admit(news)
        accepted = await self._plain.add([self._order(new, owner) for new in news])
        self.arrivals.note(new.type for new in news)
        return [one.row.id for one in accepted]

    async def _submit_once(self, new: NewTask, key: str, owner: str | None) -> Accepted:
        claim = (owner, key)
        if claim in self._in_flight:
            message = "a request with this idempotency key is under way"
            raise Conflict(message, in_flight=True)
        self._in_flight.add(claim)
        try:
            await self._admit([new])
            order = self._order(new, owner, key)
            (accepted,) = await self._keyed.add([order])
        finally:
            self._in_flight.discard(claim)
        if not accepted.replayed:
            self.arrivals.note([new.type])
        if accepted.replayed and accepted.row.fingerprint != order.row.fingerprint:
            message = f"this idempotency key was used before, for another body (task {accepted.row.id})"
            raise Conflict(message, in_flight=False)
        return accepted

    async def _admit(self, news: Sequence[NewTask]) -> None:
        if Ability.SCHEDULING not in self._abilities and any(new.waits for new in news):
            message = "this kind of queue knows no delays: a task can't wait for its time"
            raise Unsupported(message)
        await self._backlog.admit(len(news))
        for name in {new.queue for new in news} - self._queues:
            await self._store.ensure_queue(name)
            self._queues.add(name)

    def _order(self, new: NewTask, owner: str | None, key: str | None = None) -> Order:
        """Name and date a task; nothing may be awaited from here to its group, so that ids follow acceptance."""
        task = new.to_task(new_id(), owner=owner, now_ms=int(self._clock() * 1000))
        status = Status.SCHEDULED if task.run_at > task.created_at else Status.QUEUED
        fingerprint = new.fingerprint() if key is not None else None
        return Order(task, task_row(task, status=status, idempotency_key=key, fingerprint=fingerprint))
