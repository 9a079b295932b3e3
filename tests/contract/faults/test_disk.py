"""A disk with no space left is a real one, small and of memory."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.checker import FaultKind
from benchmarks.faults.disk import full, small_disk, why_no_small_disk
from benchmarks.faults.log import FaultLog


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Give a folder on a disk of 3 MB."""
    reason = why_no_small_disk()
    if reason is not None:
        pytest.skip(reason)
    with small_disk(tmp_path):
        yield tmp_path


def test_a_small_disk_is_small_and_goes_away(tmp_path: Path) -> None:
    """It lies over the folder as long as the block lasts, open files or not."""
    reason = why_no_small_disk()
    if reason is not None:
        pytest.skip(reason)
    (tmp_path / "under").touch()
    with small_disk(tmp_path, megabytes=2):
        assert shutil.disk_usage(tmp_path).total == 2 * 1024 * 1024
        still_open = (tmp_path / "over").open("wb")
    still_open.close()
    assert [path.name for path in tmp_path.iterdir()] == ["under"]


def test_a_full_disk_takes_nothing_until_the_block_ends(disk: Path) -> None:
    """Not one byte."""
    log = FaultLog()
    with full(disk, "sql", log), pytest.raises(OSError) as raised:  # noqa: PT011 (its errno follows)
        (disk / "a").write_bytes(b"x")
    assert raised.value.errno == errno.ENOSPC
    (disk / "a").write_bytes(b"x" * 1_000_000)
    assert [(fault.kind, fault.target) for fault in log.faults] == [(FaultKind.DISK, "sql")]


def test_sqlite_finds_it_full(disk: Path) -> None:
    """A commit fails and leaves the database as it was."""
    with closing(sqlite3.connect(disk / "a.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE t (x)")
        with full(disk, "sql", FaultLog()), pytest.raises(sqlite3.OperationalError, match="full"):
            connection.execute("INSERT INTO t VALUES (zeroblob(100000))")
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)
        connection.execute("INSERT INTO t VALUES (zeroblob(100000))")
