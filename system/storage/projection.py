"""Projects a queue's history into the record, exactly once: how far it got is committed together with what it wrote.

    history  ──▶ fold (what it comes to) ──▶ one UPDATE a task, one row an attempt ─┐
    position ───────────────────────────────────────────────────────────────────────┴▶ one transaction

Several recorders may run at once: the one that moves the position first wins, the others start over behind it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, case, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ClauseElement

from system.storage.counters import Count, addition
from system.storage.fold import AttemptChange, Fold, TaskChange
from system.storage.positions import BEGINNING
from system.storage.rows import AttemptRow, TaskRow, task_row
from system.storage.session import Database
from system.storage.statement import PREFIX, Statement, among, insert_into
from system.storage.tables import attempts, queues, tasks
from system.storage.tally import Known, tally
from system.tasks.events import Batch
from system.tasks.task import OVER, Status, Task

ATTEMPT_COLUMNS = AttemptRow.__slots__
GROWING = ("claimed_at", "started_at", "finished_at", "outcome", "error")  # what becomes known of an attempt bit by bit
SET = ("status", "finished_at", "result", "reason")
KEPT = (
    "attempts",
    "failures",
    "run_at",
    "started_at",
    "worker",
    "progress",
)  # where the change does not say anything else


OnDeath = Callable[[TaskRow], Task | None]


class Projection:
    """Writes what happened. Every method raises StoreUnavailable where the database does not answer.

    `on_death` makes the task that is to be accepted because another one died, or None.
    """

    def __init__(self, database: Database, on_death: OnDeath | None = None) -> None:
        self._database = database
        self._on_death = on_death
        dialect = database.dialect
        self._insert = Statement(insert_into(dialect, tasks).on_conflict_do_nothing(), dialect, tasks.c.keys())
        self._update = Statement(_task_update(), dialect)
        self._record_attempt = Statement(self._attempt_upsert(), dialect, ATTEMPT_COLUMNS)
        self._count = addition(dialect)

    async def position(self, queue: str) -> tuple[str, str | None]:
        """Return how much of a queue's history is recorded, and the epoch of the queue's backend that this is about."""
        query = select(queues.c.position, queues.c.epoch).where(queues.c.name == queue)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return (row[0], row[1]) if row else (BEGINNING, None)

    async def set_epoch(self, queue: str, epoch: str | None, position: str) -> None:
        """Note that the queue's backend began a new life, whose history is recorded up to `position`."""
        row = insert_into(self._database.dialect, queues).values(name=queue, epoch=epoch, position=position)
        anew = row.on_conflict_do_update(index_elements=["name"], set_={"epoch": epoch, "position": position})
        async with self._database.write() as connection:
            await connection.execute(anew)

    async def apply(self, queue: str, *, expected: str, batches: Sequence[Batch]) -> bool:
        """Record batches that follow the position `expected`; False, and nothing done, where that is not the position.

        What concerns unknown tasks is left out, except tasks that their event brings along. A task that is over stays
        as it is; its attempts are recorded all the same.
        """
        fold = Fold(batches)
        async with self._database.write() as connection:
            if not await self._move(connection, queue, expected, batches[-1].position):
                return False
            known = await self._known(connection, fold.tasks)
            await self._insert_announced(connection, fold.tasks.values(), known)
            changes = _changes(fold, known)
            await self._update.run(connection, changes)
            await self._record_attempt.run(connection, _attempts(fold, known))
            await self._count.run(connection, tally(fold, changes, known))
            await self._tell(connection, [change.id for change in changes if change.status is Status.DEAD])
        return True

    async def _move(self, connection: AsyncConnection, queue: str, expected: str, position: str) -> bool:
        move = update(queues).where(queues.c.name == queue, queues.c.position == expected).values(position=position)
        if (await connection.execute(move)).rowcount == 1:
            return True
        if expected != BEGINNING:
            return False
        first = insert_into(self._database.dialect, queues).values(name=queue, position=position)
        return (await connection.execute(first.on_conflict_do_nothing())).rowcount == 1

    async def _known(self, connection: AsyncConnection, ids: Iterable[str]) -> dict[str, Known]:
        columns = [tasks.c[name] for name in ("id", *Known._fields)]
        rows = await connection.execute(select(*columns).where(among(self._database.dialect, tasks.c.id, ids)))
        return {row[0]: Known(*row[1:]) for row in rows}

    async def _insert_announced(
        self, connection: AsyncConnection, changes: Iterable[TaskChange], known: dict[str, Known]
    ) -> None:
        """Insert the tasks that were accepted by the queue alone, and count them among the known ones."""
        new = [change.task for change in changes if change.task is not None and change.id not in known]
        await self._insert.run(connection, [task_row(task, status=_first_status(task)) for task in new])
        for task in new:
            known[task.id] = Known(
                _first_status(task), task.failures, task.run_at, "queued", task.type, task.deliveries
            )

    async def _tell(self, connection: AsyncConnection, dead: list[str]) -> None:
        """Accept what deaths bring about together with their record: once, whatever is killed when.

        It is accepted as deferred, so the reconciler puts it.
        """
        if self._on_death is None or not dead:
            return
        rows = await connection.execute(select(tasks).where(among(self._database.dialect, tasks.c.id, dead)))
        told = [task for row in rows if (task := self._on_death(TaskRow.of(row))) is not None]
        accepted = [replace(task_row(task, status=Status.QUEUED), dispatch="deferred") for task in told]
        await self._insert.run(connection, accepted)
        types = Counter(task.type for task in told)
        await self._count.run(connection, sorted(Count("submitted", type, 0, count) for type, count in types.items()))

    def _attempt_upsert(self) -> ClauseElement:
        insert = insert_into(self._database.dialect, attempts)
        growing: dict[str, Any] = {name: func.coalesce(insert.excluded[name], attempts.c[name]) for name in GROWING}
        return insert.on_conflict_do_update(index_elements=["task_id", "token"], set_=growing)


def _first_status(task: Task) -> Status:
    return Status.SCHEDULED if task.run_at > task.created_at else Status.QUEUED


def _changes(fold: Fold, known: dict[str, Known]) -> list[TaskChange]:
    """Choose the changes that change something, in the order of ids: two writers must not wait for each other."""
    chosen = []
    for task_id, change in sorted(fold.tasks.items()):
        now = known.get(task_id)
        if now is None or now.status in OVER:
            continue
        if change.status is Status.SCHEDULED and (change.failures or now.failures):
            change.status = Status.RETRYING  # a task that has failed waits for its retry, whoever put it there again
        if _matters(change, now):
            chosen.append(change)
    return chosen


def _matters(change: TaskChange, now: Known) -> bool:
    """Tell whether there is anything to write: of a row just inserted as queued, the queue says nothing new."""
    return (
        change.claimed
        or change.progress is not None
        or change.status != now.status
        or now.dispatch != "queued"
        or change.run_at not in (None, now.run_at)
    )


def _attempts(fold: Fold, known: dict[str, Known]) -> list[AttemptChange]:
    return [attempt for (task_id, _), attempt in sorted(fold.attempts.items()) if task_id in known]


def _task_update() -> ClauseElement:
    """Write the UPDATE for one TaskChange: what it does not say stays; an error stays until the task succeeds."""
    new = {name: bindparam(PREFIX + name, type_=tasks.c[name].type) for name in tasks.c.keys()}  # noqa: SIM118
    kept = {name: func.coalesce(new[name], tasks.c[name]) for name in KEPT}
    error = case((new["result"].is_not(None), None), else_=func.coalesce(new["error"], tasks.c.error))
    return (
        update(tasks)
        .where(tasks.c.id == new["id"], tasks.c.finished_at.is_(None))
        .values(kept | {name: new[name] for name in SET} | {"error": error, "dispatch": literal_column("'queued'")})
    )
