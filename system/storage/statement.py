"""Statements for many rows: SQLAlchemy compiles them once, and its work per row, most of the cost, is spared."""

from __future__ import annotations

import re
from collections.abc import Iterable
from operator import attrgetter
from typing import Any

import orjson
from sqlalchemy import ARRAY, Column, ColumnElement, Dialect, Uuid, any_, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ClauseElement

Insert = postgresql.Insert | sqlite.Insert
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PREFIX = "new_"
"""Of parameters for UPDATE: SQLAlchemy keeps the columns' own names for itself."""


class Statement:
    """One statement for one kind of database, run once for each of many objects.

    Its parameters are the objects' attributes of the same name, or of the name without `PREFIX`.
    """

    def __init__(self, statement: ClauseElement, dialect: Dialect, parameters: Iterable[str] | None = None) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=None if parameters is None else list(parameters))
        self._sql: str = compiled.string
        self._values = attrgetter(*(name.removeprefix(PREFIX) for name in compiled.positiontup))

    async def run(self, connection: AsyncConnection, objects: Iterable[object]) -> None:
        """Run it for all objects in one go."""
        if rows := [self._values(one) for one in objects]:
            await connection.exec_driver_sql(self._sql, rows)


def insert_into(dialect: Dialect, table: Any) -> Insert:
    """Return an INSERT that knows ON CONFLICT, which each kind of database has in its own module."""
    return sqlite.insert(table) if dialect.name == "sqlite" else postgresql.insert(table)


def among(dialect: Dialect, column: Column[str], values: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that a column holds one of any number of values, handed over as one parameter.

    What is no id is in no column of ids.
    """
    wanted = list(values)
    if isinstance(column.type, Uuid):
        wanted = [value for value in wanted if UUID.fullmatch(value)]
    if dialect.name == "sqlite":
        each = func.json_each(orjson.dumps(wanted).decode()).table_valued("value")
        return column.in_(select(each.c.value))
    return column == any_(literal(wanted, ARRAY(column.type)))
