"""/breakers: the dependencies that tasks wait for."""

from __future__ import annotations

from fastapi import APIRouter

from system.api.gate import Administering, Reading
from system.api.outputs import BreakerOut
from system.api.parts import TheParts
from system.api.responses import ANY, problems
from system.api.strict_route import StrictRoute
from system.operations import breakers
from system.operations.breakers import Hold

router = APIRouter(tags=["breakers"], route_class=StrictRoute, responses=problems(*ANY))


@router.get("/breakers")
async def find(_: Reading, parts: TheParts) -> list[BreakerOut]:
    """List circuit breakers, by name."""
    return [BreakerOut.model_validate(one) for one in await breakers.find(parts.queue.breakers)]


@router.post("/breakers/{name:path}/open", responses=problems(404, 501))
async def hold_open(name: str, _: Administering, parts: TheParts) -> BreakerOut:
    """Let the tasks that name it wait, until told otherwise."""
    return BreakerOut.model_validate(await breakers.hold(parts.queue.breakers, name, Hold.OPEN))


@router.post("/breakers/{name:path}/close", responses=problems(404, 501))
async def hold_closed(name: str, _: Administering, parts: TheParts) -> BreakerOut:
    """Let the tasks that name it go, however many fail, until told otherwise."""
    return BreakerOut.model_validate(await breakers.hold(parts.queue.breakers, name, Hold.CLOSED))


@router.post("/breakers/{name:path}/auto", responses=problems(404, 501))
async def let_go(name: str, _: Administering, parts: TheParts) -> BreakerOut:
    """Let it decide by itself again, beginning with closed."""
    return BreakerOut.model_validate(await breakers.hold(parts.queue.breakers, name, Hold.AUTO))
