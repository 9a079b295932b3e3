"""/workers: who works."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from system.api.gate import Administering, Reading
from system.api.outputs import OrderOut, WorkerOut
from system.api.parts import Parts, TheParts
from system.api.responses import ANY, problems
from system.api.strict_route import StrictRoute
from system.operations import crew
from system.operations.describe import moment
from system.queues.registry import Order

router = APIRouter(tags=["workers"], route_class=StrictRoute, responses=problems(*ANY))


@router.get("/workers")
async def workers(_: Reading, parts: TheParts) -> list[WorkerOut]:
    """List worker processes; `lost` means no heartbeat for ten seconds."""
    return [_worker(info) for info in await crew.find(parts.store, parts.registry)]


def _worker(info: dict[str, Any]) -> WorkerOut:
    times = {name: moment(round(info[name])) for name in ("started_at", "last_heartbeat")}
    taken_over = {task_id: moment(at) for task_id, at in info["taken_over"].items()}
    return WorkerOut.model_validate({**info, **times, "taken_over": taken_over})


@router.post("/workers/{id:path}/quiet", responses=problems(404))
async def quiet(id: str, _: Administering, parts: TheParts) -> OrderOut:
    """Let a worker claim nothing more; what it holds goes on. It obeys within three seconds."""
    return await _tell(parts, id, Order.QUIET)


@router.post("/workers/{id:path}/resume", responses=problems(404))
async def resume(id: str, _: Administering, parts: TheParts) -> OrderOut:
    """Let it claim again."""
    return await _tell(parts, id, None)


@router.post("/workers/{id:path}/drain", responses=problems(404))
async def drain(id: str, _: Administering, parts: TheParts) -> OrderOut:
    """Let it finish what it holds, and end with exit code 0; who supervises it may start a new one."""
    return await _tell(parts, id, Order.DRAIN)


async def _tell(parts: Parts, worker_id: str, what: Order | None) -> OrderOut:
    await crew.order(parts.registry, worker_id, what)
    return OrderOut(worker=worker_id, order=None if what is None else what.value)
