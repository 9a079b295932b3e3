"""Phase 1: API, queue, worker and record in one process and in memory; a crash loses it all, which is the lesson."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

import typer

from system.cli import serving
from system.local.data_folder import DataFolder, Note
from system.local.ports import listen, url_of

if TYPE_CHECKING:
    from system.wiring import Settings


def run(
    settings: Settings, *, host: str, port: int, concurrency: int, queues: serving.Wanted, imports: Sequence[str] | None
) -> None:
    """Run all of Phase 1 in the foreground until Ctrl-C or SIGTERM."""
    serving.prepare(settings, imports)
    folder = DataFolder(settings.data)
    folder.hold()
    try:
        with listen(host, port) as listener:
            url = url_of(listener)
            folder.write(Note(pid=os.getpid(), api_url=url))
            typer.echo(f"Phase 1: everything in process {os.getpid()}, in memory; a crash loses it all")
            typer.echo(f"API   {url}\ndocs  {url}/docs\nCtrl-C drains it, a second Ctrl-C ends it at once")
            serving.run(_run(settings, listener, queues, concurrency))
    finally:
        folder.let_go()


async def _run(settings: Settings, listener: socket.socket, queues: serving.Wanted, concurrency: int) -> None:
    from system.api.server import Server
    from system.wiring import make_app, make_upkeep, make_worker, migrate, open_memory

    async with open_memory(settings) as services:
        await migrate(services)
        server = Server(make_app(settings, services))
        upkeep = make_upkeep(settings, services)
        worker = make_worker(
            settings,
            services.queue,
            lambda: nullcontext((services.queue, services.registry)),
            worker_id="worker",
            queues=queues.names,
            weights=queues.weights,
            concurrency=concurrency,
        )

        def stop() -> None:
            server.stop()
            worker.stop()

        serving.on_signals(stop)
        async with asyncio.TaskGroup() as everything:
            everything.create_task(upkeep.run())
            async with asyncio.TaskGroup() as work:
                work.create_task(server.serve([listener]))
                work.create_task(worker.run())
            upkeep.stop()
