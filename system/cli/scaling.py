"""`tasklab scaling`: how many workers there should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from system.cli import asking, show

if TYPE_CHECKING:
    from system.wiring import Services


def scaling(*, as_json: show.AsJson = False) -> None:
    """Say how many workers there should be, and why."""
    from system.operations.scaling import scaling as find

    async def look(services: Services) -> None:
        found = await find(services.store)
        if as_json:
            show.json(found)
            return
        typer.echo(f"workers {found['current_workers']}, wanted {found['desired_workers']}: {found['reason']}")

    asking.ask(look)
