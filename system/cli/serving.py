"""What the long-running commands have in common: settings, handlers, logs, signals and the end of their parent."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from system.policies.shares import named_weights

if TYPE_CHECKING:
    from system.wiring import Services, Settings

WAIT_SECONDS = 1.0  # between two looks at a database that is not up yet

log = logging.getLogger(__name__)

Imports = Annotated[
    list[str] | None, typer.Option("--import", metavar="MODULE", help="A module with handlers of your own.")
]
Supervised = Annotated[bool, typer.Option("--supervised", hidden=True)]


@contextmanager
def process(modules: Sequence[str] | None = None, *, supervised: bool) -> Iterator[Settings]:
    """Prepare one of TaskLab's processes: yields settings with a Redis that runs, be it one of our own."""
    from system.local.parent import exit_with_parent
    from system.wiring import load_settings, some_redis

    if supervised:
        exit_with_parent()
    settings = load_settings()
    prepare(settings, modules)
    with some_redis(settings) as located:
        yield located


def prepare(settings: Settings, modules: Sequence[str] | None) -> None:
    """Set up logs, failpoints and handlers."""
    from system.telemetry.failpoints import arm
    from system.telemetry.logs import set_up
    from system.wiring import import_handlers

    set_up(settings.log_format)
    arm(settings.failpoint, allowed=settings.faults == "1")
    import_handlers(settings, modules or ())


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a process's main coroutine on the fast event loop."""
    import uvloop

    uvloop.run(main)


async def bring_up_record(services: Services) -> None:
    """Bring the record's tables up to date as soon as the database answers: services may come up in any order."""
    from system.tasks.errors import StoreUnavailable
    from system.wiring import migrate

    told = False
    while True:
        try:
            await services.store.ping()
        except StoreUnavailable as error:
            if not told:
                log.warning("waiting for the database: %s", error)
            told = True
            await asyncio.sleep(WAIT_SECONDS)
        else:
            await migrate(services)
            return


class Wanted(NamedTuple):
    """The queues to serve: in this order, or by weight."""

    names: list[str]
    weights: dict[str, int] | None


def queues_of(text: str) -> Wanted:
    """Read `--queues`: "a,b" or "a=3,b=1"."""
    try:
        weights = named_weights(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--queues") from None
    return Wanted(list(weights), weights if "=" in text else None)


def on_signals(stop: Callable[[], None]) -> None:
    """Call `stop` at every SIGTERM and Ctrl-C from now on."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
