"""`tasklab worker` runs a worker, `tasklab worker ls` lists those there are."""

from __future__ import annotations

import secrets
import socket
from typing import TYPE_CHECKING, Annotated

import typer

from system.cli import asking, serving, show

if TYPE_CHECKING:
    from system.wiring import Services, Settings

app = typer.Typer(help="Run a worker in the foreground (SIGTERM drains it), or list workers with `ls`.")


@app.callback(invoke_without_command=True)
def worker(
    context: typer.Context,
    *,
    queues: Annotated[str, typer.Option(help="Queues to serve, in this order; or by weight: a=3,b=1.")] = "default",
    concurrency: Annotated[int, typer.Option(min=1, help="Tasks to run at once.")] = 10,
    imports: serving.Imports = None,
    burst: Annotated[bool, typer.Option("--burst", help="End when nothing is left to do.")] = False,
    worker_id: Annotated[str | None, typer.Option("--id", help="Its name; by default host and a mark.")] = None,
    supervised: serving.Supervised = False,
) -> None:
    """Run a worker in the foreground (SIGTERM drains it), or list workers with `ls`."""
    if context.invoked_subcommand is not None:
        return
    wanted = serving.queues_of(queues)
    name = worker_id or f"{socket.gethostname()}.{secrets.token_hex(3)}"
    with serving.process(imports, supervised=supervised) as settings:
        serving.run(_work(settings, name, wanted, concurrency, burst=burst))


async def _work(settings: Settings, name: str, wanted: serving.Wanted, concurrency: int, *, burst: bool) -> None:
    from system.local.memory import settle
    from system.wiring import make_worker, open_queue

    async with open_queue(settings) as (queue, _):
        worker = make_worker(
            settings,
            queue,
            lambda: open_queue(settings),
            worker_id=name,
            queues=wanted.names,
            weights=wanted.weights,
            concurrency=concurrency,
            burst=burst,
        )
        serving.on_signals(worker.stop)
        settle()
        await worker.run()


@app.command("ls")
def ls(*, as_json: show.AsJson = False) -> None:
    """List the workers that were heard of lately."""
    from system.operations import inspect

    async def look(services: Services) -> None:
        found = await inspect.workers(services.registry)
        if as_json:
            show.json(found)
            return
        show.table(
            ("id", "status", "host", "pid", "queues", "running", "done", "failed", "last seen"),
            (
                (
                    info["id"],
                    info["status"],
                    info["host"],
                    info["pid"],
                    ",".join(info["queues"]),
                    info["running"],
                    info["done"],
                    info["failed"],
                    f"{info['age_seconds']:.0f} s ago",
                )
                for info in found
            ),
        )

    asking.ask(look)
