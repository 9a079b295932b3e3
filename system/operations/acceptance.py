"""Accepting tasks for good: in SQL first, then in the queue; or in the queue alone, whose history SQL then follows."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from system.operations.dispatch import Dispatcher
from system.storage.rows import Dispatch, TaskRow
from system.storage.store import Store
from system.tasks.errors import StoreUnavailable
from system.tasks.task import Task
from system.telemetry.failpoints import failpoint

DEFERRED: Dispatch = "deferred"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """A task to be accepted: what the queue gets, and what SQL gets."""

    task: Task
    row: TaskRow


@dataclass(frozen=True, slots=True)
class Accepted:
    """The record of an accepted task; `replayed` when its idempotency key had brought it in before."""

    row: TaskRow
    replayed: bool = False


class SqlFirst:
    """Accepted means committed. A queue that is away defers a task; the reconciler puts it when it is back."""

    def __init__(self, store: Store, dispatcher: Dispatcher) -> None:
        self._store = store
        self._dispatcher = dispatcher

    async def accept(self, orders: list[Order]) -> list[Accepted]:
        """Commit all rows at once, then put their tasks; raises StoreUnavailable where nothing was accepted."""
        away = self._dispatcher.away
        rows = [replace(order.row, dispatch=DEFERRED) if away else order.row for order in orders]
        failpoint("api.before_commit")
        earlier = await self._store.insert(rows)
        failpoint("api.after_commit")
        accepted = [Accepted(old or row, replayed=old is not None) for row, old in zip(rows, earlier, strict=True)]
        fresh = [order.task for order, old in zip(orders, earlier, strict=True) if old is None]
        if away or not fresh or await self._dispatcher.put(fresh):
            failpoint("api.after_put")
            return accepted
        await self._defer(fresh)
        return [one if one.replayed else Accepted(replace(one.row, dispatch=DEFERRED)) for one in accepted]

    async def _defer(self, tasks: Sequence[Task]) -> None:
        try:
            await self._store.mark_deferred([task.id for task in tasks])
        except StoreUnavailable as error:
            # The rows are committed all the same, and the reconciler goes by what the queue lacks, not by this mark.
            log.warning("%d deferred tasks could not be marked as such: %s", len(tasks), error)


class QueueFirst:
    """Accepted means the queue has it; its history carries the whole task, from which the recorder fills SQL.

    Where the queue is away, SQL accepts instead.
    """

    def __init__(self, dispatcher: Dispatcher, otherwise: SqlFirst) -> None:
        self._dispatcher = dispatcher
        self._otherwise = otherwise

    async def accept(self, orders: list[Order]) -> list[Accepted]:
        """Put all tasks at once, announced."""
        if await self._dispatcher.put([order.task for order in orders], announce=True):
            failpoint("api.after_put")
            return [Accepted(order.row) for order in orders]
        return await self._otherwise.accept(orders)
