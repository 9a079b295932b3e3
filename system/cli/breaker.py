"""`tasklab breaker`: the dependencies that tasks wait for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from system.cli import asking, show

if TYPE_CHECKING:
    from system.operations.breakers import Hold
    from system.wiring import Services

app = typer.Typer(help="Look at circuit breakers, and hold them open or closed.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Name of the breaker.")]


@app.command("ls")
def ls(*, as_json: show.AsJson = False) -> None:
    """List the breakers that were heard of."""
    from system.operations import breakers

    async def look(services: Services) -> None:
        found = await breakers.find(services.queue.breakers)
        if as_json:
            show.json(found)
            return
        columns = ("name", "state", "by hand", "failures", "open since", "next try")
        show.table(
            columns,
            (
                (
                    one["name"],
                    one["state"],
                    "yes" if one["forced"] else "",
                    one["failures"],
                    one["opened_at"],
                    one["retry_at"],
                )
                for one in found
            ),
        )

    asking.ask(look, handlers=True)


@app.command("open")
def hold_open(name: Name) -> None:
    """Let its tasks wait until told otherwise."""
    from system.operations.breakers import Hold

    _hold(name, Hold.OPEN)


@app.command("close")
def hold_closed(name: Name) -> None:
    """Let its tasks go, however many fail, until told otherwise."""
    from system.operations.breakers import Hold

    _hold(name, Hold.CLOSED)


@app.command("auto")
def let_go(name: Name) -> None:
    """Let it decide by itself again, beginning with closed."""
    from system.operations.breakers import Hold

    _hold(name, Hold.AUTO)


def _hold(name: str, how: Hold) -> None:
    from system.operations import breakers

    async def act(services: Services) -> None:
        held = await breakers.hold(services.queue.breakers, name, how)
        typer.echo(f"{name} is {held['state']}" + ", by hand" * held["forced"])

    asking.ask(act, handlers=True)
