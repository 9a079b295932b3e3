"""How the alerts stand, as the outside sees them."""

from __future__ import annotations

from typing import Any

from system.operations.describe import moment
from system.storage.store import Store


async def alerts(store: Store) -> list[dict[str, Any]]:
    """Return each alert with the contract's names, times in RFC 3339; none before upkeep looked for the first time."""
    return [
        {
            "name": row.name,
            "state": row.state,
            "since": moment(row.since),
            "value": row.value,
            "threshold": row.threshold,
            "message": row.message,
            "evaluated_at": moment(row.evaluated_at),
        }
        for row in await store.alerts()
    ]
