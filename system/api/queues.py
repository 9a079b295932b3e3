"""Queues: how full they are, cleaning up, pausing."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter

from system.api.gate import Administering, Reading
from system.api.outputs import AllStats, CleanupOut, PauseOut
from system.api.parts import TheParts
from system.api.responses import ANY, problems
from system.api.strict_route import StrictRoute
from system.operations import inspect, pause
from system.operations.cleanup import clean_up

router = APIRouter(tags=["queues"], route_class=StrictRoute, responses=problems(*ANY))


@router.get("/tasks/queue/stats")
async def stats(_: Reading, parts: TheParts) -> AllStats:
    """Count what waits, runs and was done."""
    return AllStats.model_validate(await inspect.stats(parts.store, parts.queue, parts.registry))


@router.post("/tasks/queue/cleanup")
async def cleanup(_: Administering, parts: TheParts) -> CleanupOut:
    """Take back what dead workers hold, and put again what the queue lost."""
    return CleanupOut(**asdict(await clean_up(parts.store, parts.queue, parts.reconcile)))


@router.post("/queues/{name:path}/pause", responses=problems(404, 501))
async def pause_queue(name: str, _: Administering, parts: TheParts) -> PauseOut:
    """Hand out no more tasks from a queue; what runs goes on, and new tasks are still accepted."""
    await pause.pause(parts.store, parts.queue, name)
    return PauseOut(queue=name, paused=True)


@router.post("/queues/{name:path}/resume", responses=problems(404, 501))
async def resume_queue(name: str, _: Administering, parts: TheParts) -> PauseOut:
    """Undo a pause."""
    await pause.resume(parts.store, parts.queue, name)
    return PauseOut(queue=name, paused=False)
