"""Runs async code from a notebook, whose own thread runs an event loop already."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in a thread of its own and return what it returned."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
