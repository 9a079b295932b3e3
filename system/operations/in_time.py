"""How long a caller is kept waiting for a queue that gives no answer: a hung one is as good as one that is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from system.tasks.errors import QueueUnavailable

PATIENCE_SECONDS = 2.0  # the client's own would be ten: it must outlast commands that block


@asynccontextmanager
async def in_time(seconds: float = PATIENCE_SECONDS) -> AsyncIterator[None]:
    """Raise QueueUnavailable where the block takes longer. What it asked for may be done all the same, later."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        message = f"the queue gave no answer for {seconds:g} s"
        raise QueueUnavailable(message) from None
