"""What the measurement asks of a queue's client; each `on_*.py` has a `sender()` that opens one."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

URL = os.environ["PEER_URL"]
SLOTS = int(os.environ.get("PEER_SLOTS", "10"))
TUNED = os.environ.get("PEER_TUNED") == "1"
"""Whether time-outs are set to about ten seconds, as the queue's documentation says how, for crash trials."""

AT_ONCE = 100


class Sender(Protocol):
    """A connected client."""

    async def one(self, task: str) -> str:
        """Submit one task; returns what the queue calls it, or an empty text."""

    async def bulk(self, tasks: Sequence[str]) -> None:
        """Submit up to a thousand tasks, in the fastest way that the queue documents."""


class OneByOne:
    """A client without a call for many: bulk is one after another."""

    def __init__(self, submit: Callable[[str], str]) -> None:
        self._submit = submit

    async def one(self, task: str) -> str:
        """Submit one task."""
        return self._submit(task)

    async def bulk(self, tasks: Sequence[str]) -> None:
        """Submit them one after another."""
        for task in tasks:
            self._submit(task)


async def gathered(submit: Callable[[str], Awaitable[object]], tasks: Sequence[str]) -> None:
    """Submit many with a hundred calls under way at once: bulk, for asyncio clients without a call for many."""
    for start in range(0, len(tasks), AT_ONCE):
        await asyncio.gather(*(submit(task) for task in tasks[start : start + AT_ONCE]))
