"""Brings a database's tables up to date; several processes may start at once."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from system.storage.session import Database
from system.tasks.errors import StoreUnavailable

STEPS = Path(__file__).with_name("migrations")
LOCK = 7_461_736  # any number, as long as all TaskLabs use the same: PostgreSQL's advisory locks have no names


async def migrate(database: Database) -> None:
    """Make or alter tables in one transaction, under a lock; does nothing where they are up to date.

    Raises StoreUnavailable where the database does not answer, or was altered by a newer TaskLab than this one.
    """
    async with database.write() as connection:
        if not database.is_sqlite:  # a write transaction of SQLite is a lock already
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        await connection.run_sync(_upgrade, database.name)


async def steps(database: Database) -> tuple[str | None, str | None]:
    """Return the step that the tables are at, None where there are no tables yet, and this TaskLab's newest step."""
    async with database.read() as connection:
        current = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    return current, ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(STEPS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _upgrade(connection: Connection, name: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    if current == scripts.get_current_head():
        return
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        message = f"the tables of {name} are a newer TaskLab's (step {current}): install it or set another DATABASE_URL"
        raise StoreUnavailable(message)
    command.upgrade(config, "head")
