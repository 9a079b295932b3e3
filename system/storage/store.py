"""The record as clients and operators use it; what workers did comes in through projection.py."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from system.storage.counters import Count, addition
from system.storage.positions import BEGINNING
from system.storage.reading import IS_OPEN, Reading
from system.storage.rows import Dispatch, TaskRow
from system.storage.session import Database
from system.storage.statement import Statement, insert_into
from system.storage.tables import DEAD, ENDED, attempts, queues, tasks
from system.tasks.task import Status


class Store(Reading):
    """Accepting, cancelling, requeueing and deleting, and all that can be asked (see Reading).

    Every method is one transaction of its own and raises StoreUnavailable where the database does not answer.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._insert = Statement(
            insert_into(database.dialect, tasks).on_conflict_do_nothing(), database.dialect, tasks.c.keys()
        )
        self._count = addition(database.dialect)

    async def insert(self, rows: Sequence[TaskRow]) -> list[TaskRow | None]:
        """Insert all rows or none.

        Answers None for a row that was inserted, the earlier row where its owner used its idempotency key before.
        """
        # Sorted, because two of these at once that wait for each other's keys would never end.
        ordered = sorted(rows, key=lambda row: (row.idempotency_key or "", row.owner))
        keys = {row.idempotency_key for row in rows if row.idempotency_key is not None}
        async with self._database.write() as connection:
            await self._insert.run(connection, ordered)
            holders = await self._holders(connection, sorted(keys)) if keys else {}
        found = [holders.get((row.owner, row.idempotency_key)) for row in rows]
        return [None if old is None or old.id == row.id else old for row, old in zip(rows, found, strict=True)]

    async def mark_deferred(self, task_ids: Sequence[str]) -> None:
        """Note that tasks could not be put: they wait in SQL alone."""
        await self._mark(task_ids, "deferred")

    async def mark_queued(self, task_ids: Sequence[str]) -> None:
        """Note that the queue has the tasks."""
        await self._mark(task_ids, "queued")

    async def cancel(self, task_id: str, at_ms: int) -> bool:
        """Cancel a task that is not over; False where it is, or where there is none."""
        change = update(tasks).values(status=Status.CANCELLED, finished_at=at_ms)
        change = change.where(self._among(tasks.c.id, [task_id]), IS_OPEN)
        async with self._database.write() as connection:
            types = (await connection.execute(change.returning(tasks.c.type))).scalars().all()
            await self._count.run(connection, [Count("cancelled", type, 0, 1) for type in types])
        return len(types) > 0

    async def count(self, counts: Iterable[Count]) -> None:
        """Add to the counters."""
        async with self._database.write() as connection:
            await self._count.run(connection, sorted(counts))

    async def requeue(self, task_ids: Sequence[str], now_ms: int) -> list[TaskRow]:
        """Give those of the tasks that are dead all their attempts again, and return them.

        What they did before stays in `attempts`, and their error until they end again.
        """
        change = update(tasks).values(
            status=Status.QUEUED,
            attempts=0,
            failures=0,
            run_at=now_ms,
            started_at=None,
            finished_at=None,
            dispatch="queued",
            reason=None,
            progress=None,
            requeues=tasks.c.requeues + 1,
        )
        change = change.where(self._among(tasks.c.id, task_ids), tasks.c.status == Status.DEAD)
        async with self._database.write() as connection:
            rows = (await connection.execute(change.returning(*tasks.c))).all()
        return [TaskRow.of(row) for row in rows]

    async def delete_dead(self, task_ids: Sequence[str]) -> int:
        """Delete those of the tasks that are dead, and their attempts; return how many that were."""
        dead = delete(tasks).where(self._among(tasks.c.id, task_ids), tasks.c.status == Status.DEAD)
        async with self._database.write() as connection:
            ids = (await connection.execute(dead.returning(tasks.c.id))).scalars().all()
            await connection.execute(delete(attempts).where(self._among(attempts.c.task_id, ids)))
        return len(ids)

    async def ensure_queue(self, name: str) -> None:
        """Note that there is a queue of this name."""
        row = insert_into(self._database.dialect, queues).values(name=name, position=BEGINNING)
        await self._change(row.on_conflict_do_nothing())

    async def take_turn(self, name: str, sweeper: str, *, now_ms: int, until_ms: int) -> bool:
        """Make `sweeper` the one that may put a queue's tasks again, or let it go on; False in another's turn."""
        row = insert_into(self._database.dialect, queues).values(
            name=name, position=BEGINNING, sweeper=sweeper, sweep_until=until_ms
        )
        free = (queues.c.sweep_until <= now_ms) | (queues.c.sweeper == sweeper)
        turn = {"sweeper": sweeper, "sweep_until": until_ms}
        return await self._change(row.on_conflict_do_update(index_elements=["name"], set_=turn, where=free)) > 0

    async def prune(self, finished_before_ms: int, limit: int) -> int:
        """Delete up to `limit` tasks that ended, not dead, before a time, with their attempts; return how many."""
        old = select(tasks.c.id).where(tasks.c.finished_at < finished_before_ms, ENDED)
        return await self._prune(old.order_by(tasks.c.finished_at).limit(limit))

    async def prune_dead(self, finished_before_ms: int, limit: int) -> int:
        """Do the same for dead tasks."""
        old = select(tasks.c.id).where(tasks.c.finished_at < finished_before_ms, DEAD)
        return await self._prune(old.order_by(tasks.c.finished_at).limit(limit))

    async def prune_dead_beyond(self, newest: int, limit: int) -> int:
        """Delete up to `limit` dead tasks beyond the `newest` so many, with their attempts; return how many."""
        beyond = select(tasks.c.id).where(DEAD).order_by(tasks.c.finished_at.desc())
        return await self._prune(beyond.offset(newest).limit(limit))

    async def _prune(self, old: Any) -> int:
        async with self._database.write() as connection:
            # Rows that another upkeep process is deleting are its business (PostgreSQL; SQLite has one writer anyway).
            ids = (await connection.execute(old.with_for_update(skip_locked=True))).scalars().all()
            await connection.execute(delete(attempts).where(self._among(attempts.c.task_id, ids)))
            await connection.execute(delete(tasks).where(self._among(tasks.c.id, ids)))
        return len(ids)

    async def _holders(self, connection: AsyncConnection, keys: Sequence[str]) -> dict[tuple[str, str | None], TaskRow]:
        query = select(tasks).where(self._among(tasks.c.idempotency_key, keys), tasks.c.idempotency_key.is_not(None))
        rows = [TaskRow.of(row) for row in await connection.execute(query)]
        return {(row.owner, row.idempotency_key): row for row in rows}

    async def _mark(self, task_ids: Sequence[str], dispatch: Dispatch) -> None:
        await self._change(update(tasks).values(dispatch=dispatch).where(self._among(tasks.c.id, task_ids), IS_OPEN))

    async def _change(self, statement: Any) -> int:
        async with self._database.write() as connection:
            return int((await connection.execute(statement)).rowcount)
