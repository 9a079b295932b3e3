"""`tasklab metrics`: the numbers that `GET /metrics` has for Prometheus, but for those of the API's own process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from system.cli import asking

if TYPE_CHECKING:
    from system.wiring import Services


def metrics() -> None:
    """Print the metrics as Prometheus reads them (without those of the API process, which only /metrics has)."""
    from system.operations.metrics import metrics as gather

    async def look(services: Services) -> None:
        found = await gather(services.store, services.queue, services.registry)
        typer.echo(found.text().decode(), nl=False)

    asking.ask(look)
