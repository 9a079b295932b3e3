"""How many workers there should be, as the outside sees it."""

from __future__ import annotations

import time
from typing import Any

import orjson

from system.operations.describe import moment
from system.storage.scale_book import ScaleRow
from system.storage.store import Store
from system.tasks.errors import UpkeepUnavailable

STALE_SECONDS = 60.0  # upkeep writes every ten


async def scaling(store: Store) -> dict[str, Any]:
    """Return the decision with the contract's names.

    Raises StoreUnavailable; UpkeepUnavailable where none has decided for a minute: rather keep what there is.
    """
    row = await _row(store)
    return {
        "current_workers": row.current,
        "desired_workers": row.desired,
        "reason": row.reason,
        "signals": orjson.loads(row.signals),
        "evaluated_at": moment(row.evaluated_at),
    }


async def desired_workers(store: Store) -> int | None:
    """Return the number alone; None where nobody decides."""
    try:
        return (await _row(store)).desired
    except UpkeepUnavailable:
        return None


async def _row(store: Store) -> ScaleRow:
    row = await store.scaling()
    if row is None or time.time() - row.evaluated_at / 1000 > STALE_SECONDS:
        message = "no upkeep process is deciding how many workers there should be: start `tasklab upkeep`"
        raise UpkeepUnavailable(message)
    return row
