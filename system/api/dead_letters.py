"""/dead-letters: tasks that failed for good."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from system.api import task_ids  # noqa: F401  (it teaches paths what an id is)
from system.api.gate import Administering
from system.api.inputs import DeadFilter, DeadQuery
from system.api.outputs import PurgedOut, RequeuedOut, TaskOut, TaskPage
from system.api.parts import TheParts
from system.api.responses import ANY, BODY, json_response, problems
from system.api.strict_route import StrictRoute
from system.operations import dead_letters
from system.operations.describe import page_json, task_json

router = APIRouter(prefix="/dead-letters", tags=["dead letters"], route_class=StrictRoute, responses=problems(*ANY))


@router.get("", response_model=TaskPage, responses=problems(422))
async def find(query: Annotated[DeadQuery, Query()], _: Administering, parts: TheParts) -> Response:
    """List dead letters, newest first."""
    page = await dead_letters.find(parts.store, query.to_deaths(), limit=query.limit, cursor=query.cursor)
    return json_response(page_json(page.items, page.next_cursor))


@router.post("/requeue", responses=problems(*BODY))
async def requeue_all(_: Administering, parts: TheParts, body: DeadFilter | None = None) -> RequeuedOut:
    """Make all dead letters wait again that fit what is given; every one if nothing is. Asking twice does no harm."""
    count = await dead_letters.requeue_all(parts.store, parts.queue, (body or DeadFilter()).to_deaths())
    return RequeuedOut(requeued=count)


@router.post("/purge", responses=problems(*BODY))
async def purge(body: DeadFilter, _: Administering, parts: TheParts) -> PurgedOut:
    """Throw away for good all that fit what is given; `{}` are all, and without a body it is refused."""
    return PurgedOut(purged=await dead_letters.delete_all(parts.store, body.to_deaths()))


@router.post("/{id:task}/requeue", response_model=TaskOut, responses=problems(404, 409))
async def requeue(id: str, _: Administering, parts: TheParts) -> Response:
    """Make one wait again: the same id, its failures forgiven, its attempts still on record."""
    return json_response(task_json(await dead_letters.requeue(parts.store, parts.queue, id)))


@router.delete("/{id:task}", status_code=204, responses=problems(404, 409))
async def delete(id: str, _: Administering, parts: TheParts) -> None:
    """Throw one away for good."""
    await dead_letters.delete(parts.store, id)
