"""/alerts: what is wrong, as upkeep sees it."""

from __future__ import annotations

from fastapi import APIRouter

from system.api.gate import Reading
from system.api.outputs import AlertOut
from system.api.parts import TheParts
from system.api.responses import ANY, problems
from system.operations.alerts import alerts

router = APIRouter(tags=["observing"], responses=problems(*ANY))


@router.get("/alerts")
async def show_alerts(_: Reading, parts: TheParts) -> list[AlertOut]:
    """List all alerts, firing or not; an old `evaluated_at` means that no upkeep runs."""
    return [AlertOut.model_validate(one) for one in await alerts(parts.store)]
