"""A line of a benchmark's table, and how a rate becomes one."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured, the number with its unit, and under which conditions."""

    what: str
    value: str
    how: str


async def rate(what: str, count: int, work: Awaitable[object], how: str) -> Row:
    """Time a piece of work that handles `count` tasks."""
    begin = time.perf_counter()
    await work
    return per_second(what, count, time.perf_counter() - begin, how)


def per_second(what: str, count: int, seconds: float, how: str) -> Row:
    """Make a line of a count and the time it took."""
    return Row(what, f"{count / seconds:,.0f} tasks/s", f"{count:,} tasks, {how}")
