"""Tells a database that can't serve from a mistake in a statement, and says what to do about the first."""

from __future__ import annotations

import sqlite3

from asyncpg import InternalClientError
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# PostgreSQL's error classes for "not now": connection, a replica, access, lost races, resources, shutdown, I/O.
PASSING = ("08", "25006", "28", "3D", "40", "53", "55P03", "57", "58", "XX")
# SQLite's word for any mistake in a statement; all its other codes here are about the file.
MISTAKE = sqlite3.SQLITE_ERROR

ADVICE = {
    "database is locked": "another process has been writing for long; end it or wait",
    "disk is full": "make room on the disk",
    "unable to open": "does its folder exist, and may it be written to?",
    "readonly": "may the file and its folder be written to?",
    "no such table": "the file was replaced while in use; restart TaskLab",
    "not a database": "set another DATABASE_URL, or move the file away",
    "malformed": "the file is damaged; restore it from a backup",
    "password authentication": "is the password in DATABASE_URL right?",
    "does not exist": "create it, or correct DATABASE_URL",
}
USUAL_ADVICE = "is it running, and is DATABASE_URL right?"


def reason(error: Exception) -> str | None:
    """Say in one line why the database does not serve; None where the error means something else."""
    if not _unavailable(error):
        return None
    text = str(getattr(error, "orig", None) or error) or "no answer in time"
    first = text.splitlines()[0]
    what = first.partition(">: ")[2] or first  # asyncpg's errors are wrapped in the name of their class
    advice = next((advice for sign, advice in ADVICE.items() if sign in what), USUAL_ADVICE)
    return f"{what}; {advice}"


def _unavailable(error: Exception) -> bool:
    # The last one is what asyncpg raises, unwrapped, where a killed server leaves it in the middle of an answer.
    if isinstance(error, (OSError, TimeoutError, PoolTimeout, InterfaceError, InternalClientError)):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.IntegrityError | sqlite3.ProgrammingError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return getattr(error.orig, "sqlite_errorcode", None) != MISTAKE or "no such table" in str(error.orig)
    state = getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or state.startswith(PASSING)
