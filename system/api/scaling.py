"""/scaling: how many workers there should be."""

from __future__ import annotations

from fastapi import APIRouter

from system.api.gate import Reading
from system.api.outputs import ScalingOut
from system.api.parts import TheParts
from system.api.responses import ANY, problems
from system.operations.scaling import scaling

router = APIRouter(tags=["observing"], responses=problems(*ANY))


@router.get("/scaling")
async def show_scaling(_: Reading, parts: TheParts) -> ScalingOut:
    """Say how many workers there should be, and why; 503 where no upkeep has decided for a minute."""
    return ScalingOut.model_validate(await scaling(parts.store))
