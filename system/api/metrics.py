"""/metrics: for Prometheus."""

from __future__ import annotations

from contextlib import suppress

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from system.api.gate import Reading
from system.api.parts import TheParts
from system.api.responses import ANY, problems
from system.api.timing import Durations
from system.operations.metrics import metrics
from system.tasks.errors import StoreUnavailable
from system.telemetry.exposition import MEDIA_TYPE

router = APIRouter(tags=["observing"], responses=problems(*ANY))


@router.get("/metrics", response_class=PlainTextResponse)
async def show_metrics(_: Reading, parts: TheParts, request: Request) -> Response:
    """Show the numbers in Prometheus's text format; those of a service that is away are left out."""
    with suppress(StoreUnavailable):
        await parts.submitter.arrivals.flush()
    found = await metrics(parts.store, parts.queue, parts.registry)
    durations: Durations = request.app.state.durations
    found.include(durations.registry)
    return Response(found.text(), media_type=MEDIA_TYPE)
