"""Repid on Redis streams: `on_repid.py` runs its worker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import body
import uvloop
from repid import RedisServer, Repid, Router
from sender import SLOTS, TUNED, URL, gathered

BATCH = 100
options = {"claim_interval": 2.0, "min_idle_ms": 8_000} if TUNED else {}
app = Repid(title="peers", version="1")
app.servers.register_server("default", RedisServer(URL, batch_size=BATCH, **options), is_default=True)
router = Router()


@router.actor
async def work(task: str) -> None:
    """Run a task."""
    await body.arun(task)


class RepidSender:
    """A client of the app."""

    async def one(self, task: str) -> str:
        """Submit one message; it has no id of its own."""
        await app.send_message_json(channel="default", payload={"task": task}, headers={"topic": "work"})
        return ""

    async def bulk(self, tasks: Sequence[str]) -> None:
        """Submit many at once."""
        await gathered(self.one, tasks)


@asynccontextmanager
async def sender() -> AsyncIterator[RepidSender]:
    """Connect."""
    async with app.servers.default.connection():
        yield RepidSender()


async def main() -> None:
    """Run a worker."""
    app.include_router(router)
    async with app.servers.default.connection():
        await app.run_worker(tasks_limit=SLOTS)


if __name__ == "__main__":
    uvloop.run(main())
