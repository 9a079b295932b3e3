"""How the alerts stand, kept in SQL, so that whichever upkeep process looks next goes on where the last one was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, update

from system.policies.alerts import State
from system.storage.session import Database
from system.storage.statement import Statement, insert_into
from system.storage.tables import alerts, notices, turns

TURN = "alerts"


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One row of `alerts`, its columns in the table's order; times are ms since 1970."""

    name: str
    state: State
    since: int
    value: float | None
    turning: int | None
    threshold: float
    message: str
    evaluated_at: int


@dataclass(frozen=True, slots=True)
class Notice:
    """What the webhook is to be told; `body` is JSON."""

    id: str
    body: str


class AlertBook:
    """Whose turn it is, how the alerts stand, what is still to be told. Raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database
        insert = insert_into(database.dialect, alerts)
        columns = {name: insert.excluded[name] for name in alerts.c.keys() if name != "name"}  # noqa: SIM118
        upsert = insert.on_conflict_do_update(index_elements=["name"], set_=columns)
        self._upsert = Statement(upsert, database.dialect, alerts.c.keys())
        self._note = Statement(insert_into(database.dialect, notices).on_conflict_do_nothing(), database.dialect)

    async def take_turn(self, holder: str, *, now_ms: int, until_ms: int) -> bool:
        """Become or stay the one who looks; False in another's turn."""
        row = insert_into(self._database.dialect, turns).values(name=TURN, holder=holder, until=until_ms)
        free = (turns.c.until <= now_ms) | (turns.c.holder == holder)
        taken = row.on_conflict_do_update(
            index_elements=["name"], set_={"holder": holder, "until": until_ms}, where=free
        )
        async with self._database.write() as connection:
            return (await connection.execute(taken)).rowcount > 0

    async def rows(self) -> list[AlertRow]:
        """Return how all alerts stand, by name."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(alerts).order_by(alerts.c.name))
            return [AlertRow(*row) for row in rows]

    async def save(self, holder: str, rows: Sequence[AlertRow], told: Sequence[Notice]) -> bool:
        """Write how alerts stand, and what is to be told of it, at once; False, and nothing done, out of turn."""
        mine = update(turns).where(turns.c.name == TURN, turns.c.holder == holder).values(holder=holder)
        async with self._database.write() as connection:
            if (await connection.execute(mine)).rowcount == 0:
                return False
            await self._upsert.run(connection, rows)
            await self._note.run(connection, told)
        return True

    async def untold(self, limit: int) -> list[Notice]:
        """Return what is still to be told, the oldest first."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(notices).order_by(notices.c.id).limit(limit))
            return [Notice(*row) for row in rows]

    async def told(self, notice_id: str) -> None:
        """Note that the other side took it."""
        async with self._database.write() as connection:
            await connection.execute(delete(notices).where(notices.c.id == notice_id))
