"""`tasklab worker` runs a worker, `tasklab worker ls` lists those there are."""

from __future__ import annotations

import secrets
import socket
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from system.cli import asking, serving, show

if TYPE_CHECKING:
    from system.queues.registry import Order
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
    max_tasks: Annotated[
        int | None, typer.Option(min=1, help="Make room for a new one after so many attempts.")
    ] = None,
    max_rss_mb: Annotated[int | None, typer.Option(min=1, help="Make room above so much memory.")] = None,
    alive_file: Annotated[Path | None, typer.Option(help="Touch this file while the event loop turns.")] = None,
    supervised: serving.Supervised = False,
) -> None:
    """Run a worker in the foreground (SIGTERM drains it), or list workers with `ls`."""
    if context.invoked_subcommand is not None:
        return
    wanted = serving.queues_of(queues)
    name = worker_id or f"{socket.gethostname()}.{secrets.token_hex(3)}"
    with serving.process(imports, supervised=supervised) as found:
        settings = replace(found, max_tasks=max_tasks or found.max_tasks, max_rss_mb=max_rss_mb or found.max_rss_mb)
        serving.run(_work(settings, name, wanted, concurrency, burst=burst, alive_file=alive_file))


async def _work(
    settings: Settings, name: str, wanted: serving.Wanted, concurrency: int, *, burst: bool, alive_file: Path | None
) -> None:
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
            alive_file=alive_file,
        )
        serving.on_signals(worker.stop)
        settle()
        await worker.run()


@app.command("ls")
def ls(*, as_json: show.AsJson = False) -> None:
    """List the workers that were heard of lately."""
    from system.operations import crew

    async def look(services: Services) -> None:
        found = await crew.find(services.store, services.registry)
        if as_json:
            show.json(found)
            return
        show.table(
            ("id", "status", "host", "pid", "queues", "running", "rss", "lag", "redis", "done", "failed", "last seen"),
            (
                (
                    info["id"],
                    info["status"],
                    info["host"],
                    info["pid"],
                    ",".join(info["queues"]),
                    f"{info['running']}/{info['concurrency']}",
                    f"{info['rss_bytes'] >> 20} MB",
                    f"{info.get('lag_seconds', 0):.2f} s",
                    f"{info.get('redis_seconds', 0) * 1000:.1f} ms",
                    info["done"],
                    info["failed"],
                    f"{info['age_seconds']:.0f} s ago",
                )
                for info in found
            ),
        )
        for info in found:
            _tell_of_lost(info)

    asking.ask(look)


def _tell_of_lost(info: dict[str, Any]) -> None:
    for task_id in info.get("held", ()) if info["status"] == "lost" else ():
        at = info["taken_over"].get(task_id)
        typer.echo(f"{info['id']} held {task_id}, " + (f"taken over {show.clock(at)}" if at else "not taken over yet"))


Id = Annotated[str, typer.Argument(help="Id of the worker; see `ls`.")]


@app.command()
def quiet(id: Id) -> None:
    """Let a worker claim nothing more; what it holds goes on."""
    from system.queues.registry import Order

    _tell(id, Order.QUIET, "claims nothing more")


@app.command()
def resume(id: Id) -> None:
    """Let it claim again."""
    _tell(id, None, "goes on")


@app.command()
def drain(id: Id) -> None:
    """Let it finish what it holds, and end."""
    from system.queues.registry import Order

    _tell(id, Order.DRAIN, "drains")


def _tell(worker_id: str, what: Order | None, so: str) -> None:
    from system.operations import crew

    async def act(services: Services) -> None:
        await crew.order(services.registry, worker_id, what)
        typer.echo(f"{worker_id} {so} within three seconds")

    asking.ask(act)
