"""Alerts of a running system: two upkeep processes, workers that are stopped, a webhook that first says no."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response

from tests.faults.scene import scene
from tests.faults.waiting import until

SECRET = "between us"  # noqa: S105 (a test's)


class Receiver:
    """The other side of a webhook: refuses the first two requests, and keeps what it takes."""

    def __init__(self) -> None:
        self.refusals = 2
        self.url = ""
        self.bodies: list[dict[str, Any]] = []
        self.app = FastAPI()
        self.app.post("/hook")(self.take)

    async def take(self, request: Request) -> Response:
        """Check the signature and take an alert."""
        body = await request.body()
        signature = hmac.digest(SECRET.encode(), body, "sha256").hex()
        assert request.headers["tasklab-signature"] == f"sha256={signature}"
        if self.refusals:
            self.refusals -= 1
            return Response(status_code=503)
        self.bodies.append(json.loads(body))
        assert request.headers["tasklab-delivery"] == self.bodies[-1]["id"]
        return Response(status_code=204)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Listen while the block lasts."""
        server = uvicorn.Server(uvicorn.Config(self.app, port=0, lifespan="off", log_config=None, ws="none"))
        running = asyncio.create_task(server.serve())
        await until(lambda: server.started, "the receiver listens")
        self.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/hook"
        try:
            yield
        finally:
            server.should_exit = True
            await running


async def test_a_change_is_told_once(tmp_path: Path) -> None:
    """No worker for waiting tasks, then one that is frozen: each change reaches the webhook once, in order, signed."""
    receiver = Receiver()
    async with (
        receiver.serving(),
        scene(
            tmp_path,
            alerts="no_workers=0:0, worker_lost=0:0, oldest_age=1e9, recorder_behind=1e9",
            alert_webhook=receiver.url,
            alert_secret=SECRET,
        ) as s,
    ):
        s.upkeep("upkeep-1", module="system")
        s.upkeep("upkeep-2", module="system")
        ids = await s.callers.submit("act")
        await until(lambda: len(receiver.bodies) == 1, "the alert is told")
        worker = s.worker("worker")
        await s.over(ids)
        await until(lambda: len(receiver.bodies) == 2, "that it cleared is told")
        with worker.paused():
            await until(lambda: len(receiver.bodies) == 3, "that the worker is silent is told")
        await until(lambda: len(receiver.bodies) == 4, "that it is back is told")
        shown = {row.name: row.state for row in await s.services.store.alerts()}
    assert [(body["name"], body["state"]) for body in receiver.bodies] == [
        ("no_workers", "firing"),
        ("no_workers", "ok"),
        ("worker_lost", "firing"),
        ("worker_lost", "ok"),
    ]
    assert set(shown.values()) == {"ok"}
    assert len({body["id"] for body in receiver.bodies}) == 4
