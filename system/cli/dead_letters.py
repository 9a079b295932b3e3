"""`tasklab dlq`: the dead letters, tasks that failed for good."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from system.cli import asking, show
from system.tasks.outcome import Reason

if TYPE_CHECKING:
    from system.storage.deaths import Deaths
    from system.wiring import Services

TIMES = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"]

app = typer.Typer(help="Look at dead letters, bring them back, throw them away.", no_args_is_help=True)
Ids = Annotated[
    list[str] | None, typer.Argument(metavar="ID…", help="Ids of dead tasks; none: all that fit the options.")
]
Type = Annotated[str | None, typer.Option(help="Only tasks of this type.")]
Name = Annotated[str | None, typer.Option(help="Only tasks of this queue.")]
Why = Annotated[Reason | None, typer.Option("--reason", help="Only tasks that died of this.")]
After = Annotated[datetime | None, typer.Option("--died-after", formats=TIMES, help="Only later deaths; UTC.")]
Before = Annotated[datetime | None, typer.Option("--died-before", formats=TIMES, help="Only earlier deaths; UTC.")]


@app.command()
def ls(
    *,
    type: Type = None,
    queue: Name = None,
    reason: Why = None,
    died_after: After = None,
    died_before: Before = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many to show.")] = 50,
    as_json: show.AsJson = False,
) -> None:
    """List dead tasks, newest first; `tasklab task show ID` has all attempts of one."""
    from system.operations import dead_letters
    from system.operations.describe import page_json

    wanted = _deaths(type, queue, reason, died_after, died_before)

    async def look(services: Services) -> None:
        page = await dead_letters.find(services.store, wanted, limit=limit)
        if as_json:
            show.json(page_json(page.items, page.next_cursor))
            return
        rows = (
            (
                row.id,
                row.type,
                row.queue,
                row.reason,
                row.failures,
                row.requeues,
                show.clock(row.finished_at),
                show.first_line(row.error),
            )
            for row in page.items
        )
        show.table(("id", "type", "queue", "reason", "failures", "requeued", "died", "error"), rows)

    asking.ask(look)


@app.command()
def requeue(
    *,
    ids: Ids = None,
    type: Type = None,
    queue: Name = None,
    reason: Why = None,
    died_after: After = None,
    died_before: Before = None,
) -> None:
    """Give dead tasks all their attempts again."""
    from system.operations import dead_letters

    wanted = _deaths(type, queue, reason, died_after, died_before)

    async def act(services: Services) -> None:
        for task_id in ids or ():
            await dead_letters.requeue(services.store, services.queue, task_id)
        count = len(ids) if ids else await dead_letters.requeue_all(services.store, services.queue, wanted)
        typer.echo(f"requeued {count}")

    asking.ask(act)


@app.command()
def purge(
    *,
    ids: Ids = None,
    type: Type = None,
    queue: Name = None,
    reason: Why = None,
    died_after: After = None,
    died_before: Before = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Delete dead tasks for good."""
    from system.operations import dead_letters

    if not ids and not yes:
        typer.confirm("Delete all dead tasks that fit?", abort=True)
    wanted = _deaths(type, queue, reason, died_after, died_before)

    async def act(services: Services) -> None:
        for task_id in ids or ():
            await dead_letters.delete(services.store, task_id)
        count = len(ids) if ids else await dead_letters.delete_all(services.store, wanted)
        typer.echo(f"deleted {count}")

    asking.ask(act)


def _deaths(
    type: str | None, queue: str | None, reason: Reason | None, after: datetime | None, before: datetime | None
) -> Deaths:
    from system.storage.deaths import Deaths

    return Deaths(type=type, queue=queue, reason=reason, after_ms=_ms(after), before_ms=_ms(before))


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.replace(tzinfo=UTC).timestamp() * 1000)
