"""/health: for load balancers, supervisors and people."""

from __future__ import annotations

import logging

from fastapi import APIRouter

from system.api.outputs import Health
from system.api.parts import TheParts
from system.api.responses import problems
from system.operations.health import queue_trouble

log = logging.getLogger(__name__)
router = APIRouter(prefix="/health", tags=["health"], responses=problems(403, 500))


@router.get("/live", response_model_exclude_none=True)
async def live() -> Health:
    """Say that the process runs; it asks nobody else, so that a dead database restarts nothing."""
    return Health(status="ok")


@router.get("/ready", response_model_exclude_none=True, responses=problems(503))
@router.get("", response_model_exclude_none=True, include_in_schema=False)
async def ready(parts: TheParts) -> Health:
    """Say whether tasks are accepted: SQL is needed (503), a queue that is away degrades."""
    trouble = await queue_trouble(parts.store, parts.queue)
    if trouble is None:
        return Health(status="ok")
    log.warning("degraded: %s", trouble)  # it names hosts, and anybody may ask
    return Health(status="degraded", detail="the queue does not take tasks: they wait in SQL until it does")
