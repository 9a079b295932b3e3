"""Fills a SQLite record with finished tasks and their attempts, all made within the database: millions take minutes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import orjson

from benchmarks.micro.amount import PAYLOAD

EPOCH_MS = 1_764_000_000_000
STEP = 500_000  # rows a transaction: the log in between stays small

_NUMBERS = "WITH RECURSIVE numbers(n) AS (VALUES(:low) UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :high)"
# Ids as new ones are made: a time first, so that they sort by it. One task in a hundred is dead.
_ID = f"printf('%08x-%04x-7000-8000-%012x', ({EPOCH_MS} + n) / 65536, ({EPOCH_MS} + n) % 65536, n)"
_TASKS = f"""
{_NUMBERS} INSERT INTO tasks (id, type, queue, status, priority, payload, attempts, failures, max_attempts, result,
    created_at, run_at, started_at, finished_at, worker, dispatch, owner)
SELECT {_ID}, CASE n % 10 WHEN 0 THEN 'rare' ELSE 'echo' END, 'default',
    CASE n % 100 WHEN 1 THEN 'dead' ELSE 'succeeded' END, 5, :payload, 1, 0, 5, 'null',
    {EPOCH_MS} + n, {EPOCH_MS} + n, {EPOCH_MS} + n + 1, {EPOCH_MS} + n + 2, 'worker-1.0a1b', 'queued', '' FROM numbers
"""  # noqa: S608 (our own text)
_ATTEMPTS = f"""
{_NUMBERS} INSERT INTO attempts (task_id, token, attempt, worker, claimed_at, started_at, finished_at, outcome)
SELECT {_ID}, ({EPOCH_MS} + n) || '000:worker-1.0a1b', 1, 'worker-1.0a1b', {EPOCH_MS} + n, {EPOCH_MS} + n + 1,
    {EPOCH_MS} + n + 2, CASE n % 100 WHEN 1 THEN 'failed' ELSE 'succeeded' END FROM numbers
"""  # noqa: S608


def fill(file: Path, have: int, want: int) -> None:
    """Add the rows from number `have` up to `want`; a crash may cost the file, which a measurement can bear."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        for low in range(have, want, STEP):
            span = {"low": low, "high": min(low + STEP, want)}
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(_TASKS, span | {"payload": orjson.dumps(PAYLOAD).decode()})
            connection.execute(_ATTEMPTS, span)
            connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
