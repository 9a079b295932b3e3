"""The connection to the database: short transactions on SQLite or PostgreSQL, and one clear error when it is away."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from typing import Any
from uuid import uuid4

from sqlalchemy import AsyncAdaptedQueuePool, Connection, Dialect, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from system.storage.trouble import reason
from system.tasks.errors import StoreUnavailable

LOCK_SECONDS = 5  # how long a statement waits for SQLite's one writer
CONNECT_SECONDS = 5
ANSWER_SECONDS = 30
POOL = 10


class Database:
    """One database, reached through a pool of connections, from one event loop.

    SQLite in a file runs in WAL mode: readers never wait, and a commit is on the disk when it returns. SQLite in
    memory is gone with this object. PostgreSQL is used with its own default, which waits for the disk too.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.name = parsed.render_as_string(hide_password=True)
        self._anchor: sqlite3.Connection | None = None
        if parsed.get_backend_name() == "sqlite":
            self._engine = self._sqlite(parsed)
            self._reader = self._engine
        else:
            self._engine = _postgres(parsed)
            self._reader = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._writer = self._engine.execution_options(writing=True)
        self._turn = asyncio.Lock()

    @property
    def dialect(self) -> Dialect:
        """What SQL the database speaks."""
        return self._engine.dialect

    @property
    def is_sqlite(self) -> bool:
        """Whether there is one writer at a time."""
        return self.dialect.name == "sqlite"

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection on which every statement sees what is committed; raises StoreUnavailable."""
        async with self._errors(), self._reader.connect() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection in a transaction, committed at the end; raises StoreUnavailable."""
        async with AsyncExitStack() as stack:
            if self.is_sqlite:  # waiting our turn costs less than SQLite's own waiting, which sleeps and tries again
                await stack.enter_async_context(self._turn)
            await stack.enter_async_context(self._errors())
            yield await stack.enter_async_context(self._writer.begin())

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()
        if self._anchor is not None:
            self._anchor.close()

    @asynccontextmanager
    async def _errors(self) -> AsyncIterator[None]:
        try:
            yield
        except Exception as error:
            why = reason(error)
            if why is None:
                raise
            message = f"the database {self.name} does not serve: {why}"
            raise StoreUnavailable(message) from error

    def _sqlite(self, url: URL) -> AsyncEngine:
        pool: dict[str, Any] = {"poolclass": AsyncAdaptedQueuePool, "pool_size": POOL, "max_overflow": 0}
        if url.database in (None, "", ":memory:"):
            # A named one in shared memory, held by a connection that nothing else touches: a cancelled statement costs
            # its connection, and must not cost the data. One user at a time, because shared memory has no WAL.
            name = f"file:tasklab-{uuid4().hex}?mode=memory&cache=shared"
            self._anchor = sqlite3.connect(name, uri=True)
            url = url.set(database=name.partition("?")[0], query={"mode": "memory", "cache": "shared", "uri": "true"})
            pool["pool_size"] = 1
        engine = create_async_engine(url, connect_args={"timeout": LOCK_SECONDS}, **pool)
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
        return engine


def _postgres(url: URL) -> AsyncEngine:
    # pre_ping: the first caller after a restart of the server must not find the old, broken connection.
    return create_async_engine(
        url,
        pool_size=POOL,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={"timeout": CONNECT_SECONDS, "command_timeout": ANSWER_SECONDS},
    )


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Python's sqlite3 begins transactions by itself, late and without the write lock: switch that off.
    connection.isolation_level = None
    with closing(connection.cursor()) as cursor:
        _switch_to_wal(cursor)
        cursor.execute("PRAGMA synchronous=FULL")


def _switch_to_wal(cursor: Any) -> None:
    """Switch a file to WAL; where several processes open a new one at once, SQLite refuses some without waiting."""
    given_up = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > given_up:
                raise
            time.sleep(0.01)  # its one moment in the life of a file: not worth more than blocking the loop
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # A reader needs no transaction. A writer takes the lock at once: a later upgrade could fail instead of waiting.
    if connection.get_execution_options().get("writing"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
