"""Waiting for what happens in other processes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any

SECONDS = 60.0  # nothing takes as long unless it is broken
PAUSE = 0.01


async def until(condition: Callable[[], Any | Awaitable[Any]], what: str, seconds: float = SECONDS) -> Any:
    """Wait until a condition, or what it lets us wait for, is true; return what it was."""
    deadline = time.monotonic() + seconds
    while not (found := await _of(condition())):
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        await asyncio.sleep(PAUSE)
    return found


async def _of(value: Any) -> Any:
    return await value if isawaitable(value) else value
