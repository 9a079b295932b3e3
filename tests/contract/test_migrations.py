"""How a database comes by its tables, whoever comes first, and what happens with a newer TaskLab's."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from system.storage.migrate import _config, migrate
from system.storage.session import Database
from system.storage.store import Store
from system.storage.tables import metadata
from system.tasks.errors import StoreUnavailable
from tests.fixtures.tasks import new_row


def differences(connection: Connection) -> Any:
    """Compare the tables there are with those that tables.py draws."""
    return compare_metadata(MigrationContext.configure(connection), metadata)


async def test_the_steps_lead_to_the_tables(database: Database) -> None:
    """What the migrations make is what the code expects, column by column and index by index."""
    async with database.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrating_again_changes_nothing(database: Database, store: Store) -> None:
    """Each start of TaskLab may do it; what is stored stays."""
    row = new_row()
    await store.insert([row])
    await migrate(database)
    assert await store.get(row.id) == row


async def test_the_tables_of_an_older_tasklab(database_url: str) -> None:
    """What the first release wrote is there after all later steps, with what they added at its default."""
    database = Database(database_url)
    config = _config()

    def first_step(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")

    row = new_row()
    old = {name: value for name, value in asdict(row).items() if name not in ("reason", "requeues", "progress")}
    names = ", ".join(old)
    try:
        async with database.write() as connection:
            await connection.run_sync(first_step)
            values = names.replace(", ", ", :")
            await connection.execute(text(f"INSERT INTO tasks ({names}) VALUES (:{values})"), old)  # noqa: S608 - no input
        await migrate(database)
        assert await Store(database).get(row.id) == row
    finally:
        await database.close()


async def test_several_processes_start_at_once(database_url: str) -> None:
    """One of them makes the tables while the others wait; none fails."""
    databases = [Database(database_url) for _ in range(5)]
    try:
        await asyncio.gather(*[migrate(database) for database in databases])
        await Store(databases[0]).ping()
        assert await Store(databases[1]).count_open() == 0
    finally:
        for database in databases:
            await database.close()


async def test_the_tables_of_a_newer_tasklab_are_left_alone(database: Database) -> None:
    """An older TaskLab refuses them with a word on what to do, instead of writing what the newer one can't read."""
    async with database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreUnavailable, match=r"a newer TaskLab's \(step 9999\): install it"):
        await migrate(database)


async def test_a_database_in_memory() -> None:
    """Phase 1 has the same tables through the same code, one database for all who use the object."""
    database = Database("sqlite+aiosqlite://")
    await migrate(database)
    store = Store(database)
    rows = [new_row() for _ in range(20)]
    await asyncio.gather(*[store.insert([row]) for row in rows])
    assert await store.count_open() == 20
    await database.close()


async def test_a_database_in_memory_survives_a_cancelled_statement() -> None:
    """A caller that gives up in the middle costs its connection; the data stay."""
    database = Database("sqlite+aiosqlite://")
    await migrate(database)
    store = Store(database)
    await store.insert([new_row()])
    begun = asyncio.Event()

    async def long_query() -> None:
        async with database.read() as connection:
            begun.set()
            endless = (
                "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 5000000) SELECT max(x) FROM n"
            )
            await connection.execute(text(endless))

    query = asyncio.create_task(long_query())
    await begun.wait()
    query.cancel()
    await asyncio.wait([query])
    assert query.cancelled()
    assert await store.count_open() == 1
    await database.close()


async def test_two_databases_in_memory_are_strangers() -> None:
    """Each object has its own, so that tests and lessons don't disturb each other."""
    one, two = Database("sqlite+aiosqlite://"), Database("sqlite+aiosqlite:///:memory:")
    for database in (one, two):
        await migrate(database)
    await Store(one).insert([new_row()])
    assert await Store(two).count_open() == 0
    for database in (one, two):
        await database.close()
