"""How many workers there should be, as upkeep last decided; one row for all."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from system.storage.session import Database
from system.storage.statement import Statement, insert_into
from system.storage.tables import scaling

ALL = "all"


@dataclass(frozen=True, slots=True)
class ScaleRow:
    """The row, its columns in the table's order; `signals` is JSON, times are ms since 1970."""

    name: str
    current: int
    desired: int
    reason: str
    signals: str
    evaluated_at: int


class ScaleBook:
    """Reads and writes it. Raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database
        insert = insert_into(database.dialect, scaling)
        columns = {name: insert.excluded[name] for name in ScaleRow.__slots__ if name != "name"}
        upsert = insert.on_conflict_do_update(index_elements=["name"], set_=columns)
        self._upsert = Statement(upsert, database.dialect, ScaleRow.__slots__)

    async def save(self, row: ScaleRow) -> None:
        """Write it."""
        async with self._database.write() as connection:
            await self._upsert.run(connection, [row])

    async def read(self) -> ScaleRow | None:
        """Return it; None where upkeep never decided."""
        async with self._database.read() as connection:
            row = (await connection.execute(select(scaling).where(scaling.c.name == ALL))).one_or_none()
        return None if row is None else ScaleRow(*row)
