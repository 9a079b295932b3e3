"""Counters in SQL: added to in the transaction of what they count, so that they last as the record does."""

from __future__ import annotations

from typing import Literal, NamedTuple

from sqlalchemy import Dialect

from system.storage.statement import Statement, insert_into
from system.storage.tables import counters

Name = Literal[
    "submitted",
    "succeeded",
    "dead",
    "cancelled",
    "failed",  # attempts
    "retried",
    "expired",  # leases
    "refused",  # finishes, of whatever type
    "wait",  # attempts by bucket
    "wait_ms",
    "run",  # attempts by bucket
    "run_ms",
]


class Count(NamedTuple):
    """How much something was counted, or is to be counted in addition."""

    name: Name
    type: str
    bucket: int
    value: int


def addition(dialect: Dialect) -> Statement:
    """Return the statement that adds Counts. Give it sorted ones: two writers must not wait for each other."""
    insert = insert_into(dialect, counters)
    total = counters.c.value + insert.excluded.value
    anew = insert.on_conflict_do_update(index_elements=["name", "type", "bucket"], set_={"value": total})
    return Statement(anew, dialect, Count._fields)
