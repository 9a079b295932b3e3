"""`tasklab task`: submit a task, see what became of it, call it off, wait for it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from system.cli import asking, serving, show
from system.tasks.errors import InvalidPayload, InvalidTask, TaskFailed, TaskLabError
from system.tasks.task import DEFAULT_PRIORITY, DEFAULT_QUEUE, Status

if TYPE_CHECKING:
    from system.storage.rows import AttemptRow, TaskRow
    from system.wiring import Services

app = typer.Typer(help="Submit, look at, cancel and wait for tasks.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(metavar="ID", help="Id of the task.")]


@app.command()
def submit(
    *,
    type: Annotated[str, typer.Argument(metavar="TYPE", help="A registered task type: noop, echo, sleep …")],
    payload: Annotated[str, typer.Argument(metavar="JSON", help="Arguments of its handler, a JSON object.")] = "{}",
    queue: Annotated[str, typer.Option(help="Name of the queue.")] = DEFAULT_QUEUE,
    priority: Annotated[int, typer.Option(min=0, max=9, help="Higher goes first.")] = DEFAULT_PRIORITY,
    delay: Annotated[float | None, typer.Option(min=0, help="Seconds until it may run.")] = None,
    max_attempts: Annotated[int | None, typer.Option(min=1, max=100, help="Failures until it is dead.")] = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds an attempt may take.")] = None,
    key: Annotated[str | None, typer.Option("--idempotency-key", help="The same key makes one task only.")] = None,
    imports: serving.Imports = None,
) -> None:
    """Submit a task and print its id once it is accepted for good."""
    from system.operations.new_task import NewTask
    from system.wiring import import_handlers, load_settings, make_submitter

    settings = load_settings()
    import_handlers(settings, imports or ())
    new = NewTask(
        type=type,
        payload=_object(payload),
        queue=queue,
        priority=priority,
        delay=delay,
        max_attempts=max_attempts,
        timeout=timeout,
    )

    async def act(services: Services) -> None:
        submitter = make_submitter(settings, services)
        submitter.start()
        try:
            accepted = await submitter.submit(new, key)
        finally:
            await submitter.stop()
        typer.echo(accepted.row.id)

    asking.ask(act)


@app.command("show")
def show_(task_id: Id, *, as_json: show.AsJson = False) -> None:
    """Show a task and its attempts."""
    from system.operations import inspect
    from system.operations.describe import task_json

    async def look(services: Services) -> None:
        row = await inspect.get(services.store, task_id)
        if as_json:
            show.json(task_json(row))
            return
        _show_task(row, await inspect.attempts(services.store, task_id))

    asking.ask(look)


@app.command()
def cancel(task_id: Id) -> None:
    """Cancel a task, waiting or running."""
    from system.operations.cancel import cancel as operation

    async def act(services: Services) -> None:
        row = await operation(services.store, services.queue, task_id)
        typer.echo(f"task {row.id} is {row.status}")

    asking.ask(act)


@app.command()
def explain(task_id: Id, *, as_json: show.AsJson = False) -> None:
    """Say why a task is where it is: what holds it up, who runs it, or how it ended."""
    from dataclasses import asdict

    from system.operations.explain import explain as operation

    async def look(services: Services) -> None:
        found = await operation(services.store, services.queue, services.registry, task_id)
        if as_json:
            show.json(asdict(found))
            return
        typer.echo(f"task {task_id} is {found.status}:")
        for sentence in found.because:
            typer.echo(f"- {show.printable(sentence)}")

    asking.ask(look, handlers=True)


@app.command()
def wait(task_id: Id, timeout: Annotated[float | None, typer.Option(help="Seconds to wait at most.")] = None) -> None:
    """Wait for a task's end and print its result; exit 1 if it died or was cancelled."""
    from system.operations import inspect
    from system.operations.recorded import let_recorder_catch_up
    from system.operations.wait import Endings

    async def look(services: Services) -> None:
        row = await inspect.get(services.store, task_id)
        endings = Endings(services.store, services.queue)
        try:
            async with asyncio.timeout(timeout):
                ended = await endings.wait(row.id, row.queue)
        except TimeoutError:
            message = f"task {row.id} is not over after {timeout:g} s"
            raise TaskLabError(message) from None
        finally:
            await endings.stop()
        with suppress(TaskLabError):
            # The end was read in the queue's history; the next command reads SQL, and should not find it older.
            await let_recorder_catch_up(services.store, services.queue, row.queue)
        if ended.status is not Status.SUCCEEDED:
            message = f"task {row.id} is {ended.status}: {show.first_line(ended.error) or 'no error was noted'}"
            raise TaskFailed(message)
        typer.echo(ended.result)

    asking.ask(look)


def _object(text: str) -> dict[str, Any]:
    """Read the payload as strictly as the API reads a body."""
    from system.operations import strict_json
    from system.operations.plain_json import NotPlain

    try:
        payload = strict_json.parse(text.encode())
    except strict_json.Malformed as error:
        message = f"the payload is no JSON: {error}"
        raise InvalidTask(message) from None
    except NotPlain as error:
        message = f"payload{error.pointer}: {error}"
        raise InvalidPayload(message) from None
    if not isinstance(payload, dict):
        message = "the payload must be a JSON object, for example '{\"seconds\": 1}'"
        raise InvalidTask(message)
    return payload


def _show_task(row: TaskRow, attempts: list[AttemptRow]) -> None:
    show.table(
        ("", f"task {row.id}"),
        (
            ("type", row.type),
            ("status", row.status),
            ("queue", f"{row.queue}, priority {row.priority}"),
            ("payload", row.payload),
            ("attempts", f"{row.attempts}, {row.failures} failed of {row.max_attempts} allowed"),
            ("progress", show.progress(row.progress)),
            ("result", row.result),
            ("error", row.error),
            ("died of", row.reason),
            ("requeued", row.requeues or None),
            ("created", show.clock(row.created_at)),
            ("started", show.clock(row.started_at)),
            ("finished", show.clock(row.finished_at)),
        ),
    )
    show.table(
        ("attempt", "worker", "claimed", "finished", "outcome", "error"),
        (
            (
                one.attempt,
                one.worker,
                show.clock(one.claimed_at),
                show.clock(one.finished_at),
                one.outcome,
                show.first_line(one.error),
            )
            for one in attempts
        ),
    )
