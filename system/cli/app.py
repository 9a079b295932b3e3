"""All commands under one name, and what becomes of their errors."""

from __future__ import annotations

import sys
from typing import NoReturn

import typer

from system.cli import (
    alerts,
    api,
    breaker,
    dead_letters,
    demo,
    doctor,
    metrics,
    queue,
    scaling,
    show,
    task,
    up,
    upkeep,
    worker,
)
from system.cli.knobs import HelpWithKnobs
from system.tasks.errors import TaskLabError

app = typer.Typer(
    name="tasklab",
    cls=HelpWithKnobs,
    help="TaskLab: a distributed task queue that teaches itself. Begin with `tasklab demo`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.command("up")(up.up)
app.command("api")(api.api)
app.add_typer(worker.app, name="worker")
app.command("upkeep")(upkeep.upkeep)
app.add_typer(task.app, name="task")
app.add_typer(queue.app, name="queue")
app.add_typer(dead_letters.app, name="dlq")
app.command("metrics")(metrics.metrics)
app.command("alerts")(alerts.alerts)
app.command("scaling")(scaling.scaling)
app.add_typer(breaker.app, name="breaker")
app.command("doctor")(doctor.doctor)


def main() -> None:
    """Run the command line. An expected error is one line on standard error and exit code 1, wrong usage code 2."""
    try:
        " ".join(sys.argv[1:]).encode()
    except UnicodeEncodeError:
        _fail("the arguments are no text in UTF-8", code=2)
    try:
        app(prog_name="tasklab")
    except TaskLabError as error:
        _fail(error)
    except ExceptionGroup as group:
        _, unexpected = group.split(TaskLabError)
        if unexpected is not None:
            raise
        _fail(_first(group))


def _fail(error: BaseException | str, code: int = 1) -> NoReturn:
    # What is wrong may be somebody else's text: it must neither make a second line nor steer the terminal.
    sys.stderr.write(f"tasklab: {show.printable(' '.join(str(error).splitlines()))}\n")
    sys.exit(code)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
