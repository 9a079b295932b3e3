"""/tasks: submit tasks, look at them, cancel them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from system.api import idempotency, task_ids  # noqa: F401  (task_ids teaches paths what an id is)
from system.api.gate import SUBMITTERS, Seeing, Submitting
from system.api.inputs import BatchIn, TaskIn, TaskQuery
from system.api.outputs import AttemptOut, BatchOut, ExplanationOut, TaskOut, TaskPage
from system.api.parts import TheParts, parts_of
from system.api.responses import ANY, BODY, json_response, problems
from system.api.strict_route import StrictRoute
from system.operations import inspect
from system.operations.cancel import cancel
from system.operations.describe import attempts_json, page_json, task_json
from system.operations.explain import explain

router = APIRouter(prefix="/tasks", tags=["tasks"], route_class=StrictRoute, responses=problems(*ANY))


@router.post(
    "",
    status_code=202,
    response_model=TaskOut,
    responses=problems(*BODY, 409, 501),
    openapi_extra=idempotency.DOCUMENTED,
)
async def submit(body: TaskIn, request: Request) -> Response:
    """Submit a task; it is durable once this is answered."""
    # The busiest route: as dependencies, the next three lines would cost as much time as the whole acceptance.
    caller = SUBMITTERS.check(request)
    key = idempotency.key_of(request)
    submitter = parts_of(request).submitter
    accepted = await submitter.submit(body.to_new_task(), key, caller.name)
    headers = {"Location": f"/tasks/{accepted.row.id}"}
    if accepted.replayed:
        headers["Idempotent-Replay"] = "true"
    return json_response(task_json(accepted.row), 202, headers)


@router.post("/batch", status_code=202, responses=problems(*BODY, 501))
async def submit_many(body: BatchIn, caller: Submitting, parts: TheParts) -> BatchOut:
    """Submit up to 1,000 tasks, all or none."""
    ids = await parts.submitter.submit_many([task.to_new_task() for task in body.tasks], caller.name)
    return BatchOut(ids=ids)


@router.get("", response_model=TaskPage, responses=problems(422))
async def find(query: Annotated[TaskQuery, Query()], caller: Seeing, parts: TheParts) -> Response:
    """List tasks, newest first."""
    page = await inspect.find(parts.store, owner=caller.sees_only, **query.model_dump())
    return json_response(page_json(page.items, page.next_cursor))


@router.get("/{id:task}", response_model=TaskOut, responses=problems(404))
async def get(id: str, caller: Seeing, parts: TheParts) -> Response:
    """Show a task."""
    row = await inspect.get(parts.store, id, owner=caller.sees_only, patience=parts.submitter.patience)
    return json_response(task_json(row))


@router.get("/{id:task}/attempts", response_model=list[AttemptOut], responses=problems(404))
async def attempts(id: str, caller: Seeing, parts: TheParts) -> Response:
    """List what became of each attempt, oldest first."""
    return json_response(attempts_json(await inspect.attempts(parts.store, id, owner=caller.sees_only)))


@router.get("/{id:task}/explain", responses=problems(404))
async def explain_task(id: str, caller: Seeing, parts: TheParts) -> ExplanationOut:
    """Say why a task is where it is: what holds it up, who runs it, or how it ended."""
    explanation = await explain(
        parts.store, parts.queue, parts.registry, id, owner=caller.sees_only, patience=parts.submitter.patience
    )
    return ExplanationOut(status=explanation.status, because=explanation.because)


@router.post("/{id:task}/cancel", response_model=TaskOut, responses=problems(404, 409, 501))
async def cancel_task(id: str, caller: Submitting, parts: TheParts) -> Response:
    """Cancel a task; a running one is stopped when its worker next renews the lease."""
    row = await cancel(parts.store, parts.queue, id, owner=caller.sees_only, patience=parts.submitter.patience)
    return json_response(task_json(row))
