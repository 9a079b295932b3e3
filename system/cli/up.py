"""`tasklab up`: the whole system on this machine, in the foreground."""

from __future__ import annotations

import signal
import threading
from contextlib import suppress
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from system.cli import serving
from system.local.ports import LOOPBACK

if TYPE_CHECKING:
    from system.local.stack import Stack


class Phase(StrEnum):
    """The two ways to run the whole system."""

    ONE = "1"
    TWO = "2"


class Kind(StrEnum):
    """The kinds of queue that survive their process."""

    LEASES = "leases"
    BRPOP = "brpop"
    STREAMS = "streams"


def up(
    *,
    workers: Annotated[int, typer.Option(min=0, help="Worker processes.")] = 2,
    autoscale: Annotated[
        str | None, typer.Option(metavar="1..8", help="Least and most workers; then --workers does not count.")
    ] = None,
    phase: Annotated[Phase, typer.Option(help="1: all in one process, in memory. 2: separate processes.")] = Phase.TWO,
    queue: Annotated[Kind | None, typer.Option(help="Kind of queue; the default is TASKLAB_QUEUE or leases.")] = None,
    host: Annotated[str, typer.Option(help="Address of the API; beyond the loopback it takes API keys.")] = LOOPBACK,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port of the API; 0: any free one.")] = 8000,
    concurrency: Annotated[int, typer.Option(min=1, help="Tasks a worker runs at once.")] = 10,
    queues: Annotated[str, typer.Option(help="Queues to serve, in this order; or by weight: a=3,b=1.")] = "default",
    imports: serving.Imports = None,
) -> None:
    """Run the whole system on this machine. Ctrl-C drains it; Ctrl-C again ends it at once."""
    from system.wiring import check_bind, load_settings, make_stack

    settings = load_settings()
    check_bind(settings, host)
    if autoscale is not None:
        workers, settings = _least(autoscale), replace(settings, autoscale=autoscale)
    if phase is Phase.ONE and autoscale is not None:
        message = "Phase 1 is one process, and can't be more"
        raise typer.BadParameter(message, param_hint="--autoscale")
    if phase is Phase.ONE:
        from system.cli.phase_one import run

        run(settings, host=host, port=port, concurrency=concurrency, queues=serving.queues_of(queues), imports=imports)
        return
    stack = make_stack(
        replace(settings, queue=queue.value) if queue else settings,
        workers=workers,
        autoscale=autoscale is not None,
        queues=serving.queues_of(queues).names,
        weights=serving.queues_of(queues).weights,
        concurrency=concurrency,
        imports=imports,
        host=host,
        port=port,
        echo=_echo,
        tell=_tell,
    )
    _run(stack)


def _least(autoscale: str) -> int:
    from system.policies.scaling import limits_of

    try:
        return limits_of(autoscale).least
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--autoscale") from None


def _run(stack: Stack) -> None:
    told = threading.Event()

    def on_signal(_number: int, _frame: object) -> None:
        if told.is_set():
            stack.hurry()
        told.set()

    signal.signal(signal.SIGINT, on_signal)  # even where a script began it with `&`, which ignores this one
    signal.signal(signal.SIGTERM, on_signal)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup wants it
        signal.signal(signal.SIGHUP, on_signal)
    _tell("starting")
    with stack:
        _tell(f"API      {stack.api_url}")
        _tell(f"docs     {stack.api_url}/docs")
        _tell(f"workers  {', '.join(f'{one.id} (pid {one.pid})' for one in stack.workers())}")
        _tell("Ctrl-C drains it, a second Ctrl-C ends it at once")
        told.wait()
    _tell("everything is stopped")


def _tell(line: str) -> None:
    _echo("tasklab", line)


def _echo(name: str, line: str) -> None:
    with suppress(OSError):  # the terminal may be closed; the log files have it all
        typer.echo(f"{name:>9} | {line}")
