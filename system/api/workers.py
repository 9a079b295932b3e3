"""/workers: who works."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from system.api.gate import Reading
from system.api.outputs import WorkerOut
from system.api.parts import TheParts
from system.api.responses import ANY, problems
from system.operations import inspect
from system.operations.describe import moment

router = APIRouter(tags=["workers"], responses=problems(*ANY))


@router.get("/workers")
async def workers(_: Reading, parts: TheParts) -> list[WorkerOut]:
    """List worker processes; `lost` means no heartbeat for ten seconds."""
    return [_worker(info) for info in await inspect.workers(parts.registry)]


def _worker(info: dict[str, Any]) -> WorkerOut:
    times = {name: moment(round(info[name])) for name in ("started_at", "last_heartbeat")}
    return WorkerOut.model_validate({**info, **times})
