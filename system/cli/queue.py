"""`tasklab queue`: look at the queues and take a hand in them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from system.cli import asking, show

if TYPE_CHECKING:
    from system.operations.verdict import Judgement
    from system.wiring import Services

app = typer.Typer(help="Look at the queues; pause, resume and clean them.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Name of the queue.")]


@app.command()
def stats(*, as_json: show.AsJson = False) -> None:
    """Count what waits, runs and was done, by queue."""
    from system.operations import inspect

    async def look(services: Services) -> None:
        found = await inspect.stats(services.store, services.queue, services.registry)
        if as_json:
            show.json(found)
            return
        rows = [*found["queues"].items(), ("all", found)] if len(found["queues"]) > 1 else found["queues"].items()
        columns = (
            "queue",
            "waiting",
            "running",
            "scheduled",
            "dead",
            "oldest",
            "done in 1 min",
            "errors",
            "workers",
            "",
        )
        show.table(columns, (_row(name, figures) for name, figures in rows))

    asking.ask(look)


def _row(name: str, figures: dict[str, Any]) -> tuple[Any, ...]:
    return (
        name,
        figures["queue_size"],
        figures["processing"],
        figures["scheduled"],
        figures["dead"],
        f"{figures['oldest_age_seconds']:.1f} s",
        f"{figures['throughput_1m']:.0f}",
        f"{figures['error_rate_1m']:.1%}",
        figures["workers"],
        "paused" if figures["paused"] else "",
    )


@app.command()
def pause(name: Name = "default") -> None:
    """Hand out nothing more from a queue; what runs goes on."""
    from system.operations import pause as operation

    async def act(services: Services) -> None:
        await operation.pause(services.store, services.queue, name)
        typer.echo(f"{name} is paused")

    asking.ask(act)


@app.command()
def resume(name: Name = "default") -> None:
    """Hand out tasks again."""
    from system.operations import pause as operation

    async def act(services: Services) -> None:
        await operation.resume(services.store, services.queue, name)
        typer.echo(f"{name} goes on")

    asking.ask(act)


@app.command()
def cleanup() -> None:
    """Take back what dead workers hold, and put again what Redis lost."""
    from system.operations.cleanup import clean_up
    from system.wiring import load_settings, make_reconcile

    async def act(services: Services) -> None:
        done = await clean_up(services.store, services.queue, make_reconcile(load_settings(), services))
        typer.echo(f"requeued {done.requeued}, dead {done.dead}, put again from SQL {done.reconciled}")

    asking.ask(act)


@app.command()
def verdict(*, as_json: show.AsJson = False) -> None:
    """Say whether every accepted task came to an end or is on its way to one; exit 1 if not."""
    from system.operations.verdict import judge

    async def look(services: Services) -> None:
        judgement = await judge(services.store, services.queue)
        counts = {**asdict(judgement.record), "missing": len(judgement.missing)}
        if as_json:
            show.json({**counts, "drained": judgement.drained, "good": judgement.good})
        else:
            typer.echo(", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items()))
            typer.echo(_in_words(judgement))
        if not judgement.good:
            raise typer.Exit(1)

    asking.ask(look)


def _in_words(judgement: Judgement) -> str:
    if not judgement.good:
        return "verdict: NOT GOOD; missing tasks are in SQL alone: `tasklab queue cleanup` puts them again"
    if not judgement.drained:
        return "verdict: good so far, every open task is in the queue"
    if judgement.record.succeeded == judgement.record.accepted:
        return "verdict: accepted = succeeded, lost 0"
    return "verdict: every accepted task came to an end, lost 0"
