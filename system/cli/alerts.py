"""`tasklab alerts`: what is wrong, as upkeep sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from system.cli import asking, show

if TYPE_CHECKING:
    from system.wiring import Services


def alerts(*, as_json: show.AsJson = False) -> None:
    """List the alerts and how they stand."""
    from system.operations.alerts import alerts as find

    async def look(services: Services) -> None:
        found = await find(services.store)
        if as_json:
            show.json(found)
            return
        columns = ("alert", "state", "since", "value", "threshold", "")
        show.table(
            columns,
            (
                (one["name"], one["state"], one["since"], f"{one['value'] or 0:g}", one["threshold"], one["message"])
                for one in found
            ),
        )

    asking.ask(look)
