"""A PostgreSQL that nobody else uses, to be killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from system.local.postgres_server import PostgresServer
from tests.fixtures.postgres import require_postgres


@contextmanager
def some_postgres(folder: Path) -> Iterator[PostgresServer]:
    """Run one in a folder, or skip the test where there is none to be had."""
    require_postgres()
    with PostgresServer(folder / "postgres", settings={"shared_buffers": "32MB"}) as server:
        yield server
