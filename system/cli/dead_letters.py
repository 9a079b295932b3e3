"""`tasklab dlq`: the dead letters, tasks that failed for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from system.cli import asking, show
from system.tasks.task import Status

if TYPE_CHECKING:
    from system.wiring import Services

app = typer.Typer(help="Look at dead letters, bring them back, throw them away.", no_args_is_help=True)
Ids = Annotated[
    list[str] | None, typer.Argument(metavar="ID…", help="Ids of dead tasks; none: all that fit the options.")
]
Type = Annotated[str | None, typer.Option(help="Only tasks of this type.")]
Name = Annotated[str | None, typer.Option(help="Only tasks of this queue.")]


@app.command()
def ls(
    *,
    type: Type = None,
    queue: Name = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many to show.")] = 50,
    as_json: show.AsJson = False,
) -> None:
    """List dead tasks, newest first."""
    from system.operations import inspect
    from system.operations.describe import page_json

    async def look(services: Services) -> None:
        page = await inspect.find(services.store, status=Status.DEAD, type=type, queue=queue, limit=limit)
        if as_json:
            show.json(page_json(page.items, page.next_cursor))
            return
        rows = (
            (row.id, row.type, row.queue, row.failures, show.clock(row.finished_at), show.first_line(row.error))
            for row in page.items
        )
        show.table(("id", "type", "queue", "failures", "died", "error"), rows)

    asking.ask(look)


@app.command()
def requeue(*, ids: Ids = None, type: Type = None, queue: Name = None) -> None:
    """Give dead tasks all their attempts again."""
    from system.operations import dead_letters

    async def act(services: Services) -> None:
        for task_id in ids or ():
            await dead_letters.requeue(services.store, services.queue, task_id)
        count = (
            len(ids) if ids else await dead_letters.requeue_all(services.store, services.queue, type=type, name=queue)
        )
        typer.echo(f"requeued {count}")

    asking.ask(act)


@app.command()
def purge(
    *,
    ids: Ids = None,
    type: Type = None,
    queue: Name = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Delete dead tasks for good."""
    from system.operations import dead_letters

    if not ids and not yes:
        typer.confirm("Delete all dead tasks that fit?", abort=True)

    async def act(services: Services) -> None:
        for task_id in ids or ():
            await dead_letters.delete(services.store, task_id)
        count = len(ids) if ids else await dead_letters.delete_all(services.store, type=type, name=queue)
        typer.echo(f"deleted {count}")

    asking.ask(act)
