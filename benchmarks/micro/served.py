"""The API as it is, with one more route that only validates and answers: `python -m benchmarks.micro.served FD`."""

from __future__ import annotations

import socket
import sys

from fastapi import APIRouter, Response

from system.api.inputs import TaskIn
from system.api.responses import json_response
from system.api.server import Server
from system.api.strict_route import StrictRoute
from system.cli import serving
from system.local.memory import settle
from system.operations.describe import task_json
from system.operations.ids import new_id
from system.storage.rows import task_row
from system.tasks.task import Status
from system.wiring import Settings, make_app, migrate, open_services

BARE = "/bare"
router = APIRouter(route_class=StrictRoute)


@router.post(BARE)
async def bare(body: TaskIn) -> Response:
    """Answer as if the task were accepted."""
    task = body.to_new_task().to_task(new_id(), owner=None, now_ms=0)
    return json_response(task_json(task_row(task, status=Status.QUEUED)), 202, {"Location": f"/tasks/{task.id}"})


async def _serve(settings: Settings, listener: socket.socket) -> None:
    async with open_services(settings) as services:
        await migrate(services)
        app = make_app(settings, services)
        app.include_router(router)
        server = Server(app)
        serving.on_signals(server.stop)
        settle()
        await server.serve([listener])


def main() -> None:
    """Serve until told to stop."""
    with serving.process(supervised=True) as settings, socket.socket(fileno=int(sys.argv[1])) as listener:
        serving.run(_serve(settings, listener))


if __name__ == "__main__":
    main()
