"""What can be asked of the record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, distinct, func, select

from system.storage.alert_book import AlertBook, AlertRow
from system.storage.counters import Count
from system.storage.deaths import ALL, Deaths
from system.storage.positions import BEGINNING
from system.storage.rows import AttemptRow, TaskRow, Verdict
from system.storage.scale_book import ScaleBook, ScaleRow
from system.storage.session import Database
from system.storage.statement import among
from system.storage.tables import attempts, counters, queues, tasks
from system.tasks.task import OPEN, Status

Query = Select[*tuple[Any, ...]]
# Written so that the small index of open tasks answers it.
IS_OPEN = tasks.c.finished_at.is_(None)


class Reading:
    """The questions. Every method raises StoreUnavailable where the database does not answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, task_id: str) -> TaskRow | None:
        """Return one task, or None."""
        rows = await self.get_many([task_id])
        return rows[0] if rows else None

    async def get_many(self, task_ids: Sequence[str]) -> list[TaskRow]:
        """Return those of the tasks that there are, in no order."""
        return await self._tasks(select(tasks).where(self._among(tasks.c.id, task_ids)))

    async def find(
        self,
        *,
        status: Status | None = None,
        type: str | None = None,
        queue: str | None = None,
        owner: str | None = None,
        limit: int = 50,
        before: str | None = None,
    ) -> list[TaskRow]:
        """Return up to `limit` tasks, newest first; `before` is the last id of the page before this one."""
        query = select(tasks).order_by(tasks.c.id.desc()).limit(limit)
        wanted = {"status": status, "type": type, "queue": queue, "owner": owner}
        query = query.where(*[tasks.c[name] == value for name, value in wanted.items() if value is not None])
        return await self._tasks(query if before is None else query.where(tasks.c.id < before))

    async def attempts(self, task_id: str) -> list[AttemptRow]:
        """Return a task's attempts, oldest first."""
        query = select(attempts).where(self._among(attempts.c.task_id, [task_id]))
        rows = [AttemptRow(*row) for row in await self._rows(query)]
        return sorted(rows, key=lambda row: (row.claimed_at or row.started_at or 0, row.attempt))

    async def dead(self, wanted: Deaths = ALL, *, limit: int = 50, before: str | None = None) -> list[TaskRow]:
        """Return up to `limit` dead tasks, newest first; `before` as in `find`."""
        query = select(tasks).where(*wanted.conditions()).order_by(tasks.c.id.desc()).limit(limit)
        return await self._tasks(query if before is None else query.where(tasks.c.id < before))

    async def dead_ids(self, wanted: Deaths = ALL, *, after: str | None = None, limit: int) -> list[str]:
        """Return up to `limit` ids of dead tasks, oldest first; `after` is the last id of the page before this one."""
        query = select(tasks.c.id).where(*wanted.conditions()).order_by(tasks.c.id).limit(limit)
        return [row[0] for row in await self._rows(query if after is None else query.where(tasks.c.id > after))]

    async def open_ids(self, queue: str, *, created_before_ms: int, after_id: str | None, limit: int) -> list[str]:
        """Return up to `limit` ids of tasks that are not over, oldest first; `after_id` as in `dead_ids`."""
        query = select(tasks.c.id).where(tasks.c.queue == queue, IS_OPEN, tasks.c.created_at < created_before_ms)
        query = query.order_by(tasks.c.id).limit(limit)
        return [row[0] for row in await self._rows(query if after_id is None else query.where(tasks.c.id > after_id))]

    async def deferred(self, queue: str, *, limit: int) -> list[TaskRow]:
        """Return up to `limit` open tasks that were accepted while their queue was away, oldest first."""
        query = select(tasks).where(tasks.c.queue == queue, IS_OPEN, tasks.c.dispatch == "deferred")
        return await self._tasks(query.order_by(tasks.c.id).limit(limit))

    async def count_open(self) -> int:
        """Return how many tasks are not over."""
        ((count,),) = await self._rows(select(func.count()).select_from(tasks).where(IS_OPEN))
        return int(count)

    async def counts(self) -> dict[Status, int]:
        """Return how many tasks have each status; reads a whole index, so it takes as long as there are tasks."""
        query = select(tasks.c.status, func.count()).group_by(tasks.c.status)
        found = dict([tuple(row) for row in await self._rows(query)])
        return {status: found.get(status, 0) for status in Status}

    async def dead_by_queue(self) -> dict[str, int]:
        """Return how many dead tasks each named queue has that has any; reads these alone."""
        query = select(tasks.c.queue, func.count()).where(tasks.c.status == Status.DEAD).group_by(tasks.c.queue)
        return dict([tuple(row) for row in await self._rows(query)])

    async def totals(self) -> dict[str, int]:
        """Return each counter's sum over all types and buckets, where there is any."""
        query = select(counters.c.name, func.sum(counters.c.value)).group_by(counters.c.name)
        return {row[0]: int(row[1]) for row in await self._rows(query)}

    async def scaling(self) -> ScaleRow | None:
        """Return how many workers there should be, as upkeep last decided; None where it never did."""
        return await ScaleBook(self._database).read()

    async def alerts(self) -> list[AlertRow]:
        """Return how the alerts stood when upkeep last looked, by name; none where it never did."""
        return await AlertBook(self._database).rows()

    async def counters(self) -> list[Count]:
        """Return everything that was counted, sorted."""
        return sorted(Count(*row) for row in await self._rows(select(counters)))

    async def queue_names(self) -> list[str]:
        """Return the named queues that tasks were ever sent to."""
        return [row[0] for row in await self._rows(select(queues.c.name).order_by(queues.c.name))]

    async def position(self, queue: str) -> str:
        """Return how much of a queue's history is recorded; "0" where nothing is."""
        rows = await self._rows(select(queues.c.position).where(queues.c.name == queue))
        return str(rows[0][0]) if rows else BEGINNING

    async def verdict(self) -> Verdict:
        """Count everything there is; reads all attempts."""
        by_status = await self.counts()
        succeeded = attempts.c.outcome == "succeeded"
        ((total, killed, successes, winners),) = await self._rows(
            select(
                func.count(),
                func.count().filter(attempts.c.outcome == "lease_expired"),
                func.count().filter(succeeded),
                func.count(distinct(attempts.c.task_id)).filter(succeeded),
            ).select_from(attempts)
        )
        return Verdict(
            accepted=sum(by_status.values()),
            succeeded=by_status[Status.SUCCEEDED],
            dead=by_status[Status.DEAD],
            cancelled=by_status[Status.CANCELLED],
            open=sum(by_status[status] for status in OPEN),
            attempts=total,
            killed=killed,
            double_successes=successes - winners,
        )

    async def ping(self) -> None:
        """Return if the database answers."""
        await self._rows(select(1))

    async def _tasks(self, query: Query) -> list[TaskRow]:
        return [TaskRow.of(row) for row in await self._rows(query)]

    async def _rows(self, query: Query) -> Sequence[Any]:
        async with self._database.read() as connection:
            result = await connection.execute(query)
            return result.all()

    def _among(self, column: Any, values: Sequence[str]) -> Any:
        return among(self._database.dialect, column, values)
