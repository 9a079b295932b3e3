"""/dead-letters: tasks that failed for good."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from system.api import task_ids  # noqa: F401  (it teaches paths what an id is)
from system.api.gate import Administering
from system.api.inputs import DeadFilter, DeadQuery
from system.api.outputs import RequeuedOut, TaskOut, TaskPage
from system.api.parts import TheParts
from system.api.responses import ANY, BODY, json_response, problems
from system.api.strict_route import StrictRoute
from system.operations import dead_letters, inspect
from system.operations.describe import page_json, task_json
from system.tasks.task import Status

router = APIRouter(prefix="/dead-letters", tags=["dead letters"], route_class=StrictRoute, responses=problems(*ANY))


@router.get("", response_model=TaskPage, responses=problems(422))
async def find(query: Annotated[DeadQuery, Query()], _: Administering, parts: TheParts) -> Response:
    """List dead letters, newest first."""
    page = await inspect.find(parts.store, status=Status.DEAD, **query.model_dump())
    return json_response(page_json(page.items, page.next_cursor))


@router.post("/requeue", responses=problems(*BODY))
async def requeue_all(_: Administering, parts: TheParts, body: DeadFilter | None = None) -> RequeuedOut:
    """Make all dead letters of a type or a queue wait again; those of every type and queue if none is named."""
    wanted = body or DeadFilter()
    count = await dead_letters.requeue_all(parts.store, parts.queue, type=wanted.type, name=wanted.queue)
    return RequeuedOut(requeued=count)


@router.post("/{id:task}/requeue", response_model=TaskOut, responses=problems(404, 409))
async def requeue(id: str, _: Administering, parts: TheParts) -> Response:
    """Make one wait again: the same id, its failures forgiven, its attempts still on record."""
    return json_response(task_json(await dead_letters.requeue(parts.store, parts.queue, id)))


@router.delete("/{id:task}", status_code=204, responses=problems(404, 409))
async def delete(id: str, _: Administering, parts: TheParts) -> None:
    """Throw one away for good."""
    await dead_letters.delete(parts.store, id)
