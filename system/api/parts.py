"""What the routes work with, handed to the application once by wiring."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from system.operations.submit import Submitter
from system.queues.protocol import Queue
from system.queues.registry import WorkerRegistry
from system.storage.store import Store


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything behind the API."""

    store: Store
    queue: Queue
    registry: WorkerRegistry
    submitter: Submitter
    reconcile: Callable[[], Awaitable[int]]


def parts_of(request: Request) -> Parts:
    """Return the parts of the application that a request came to."""
    parts: Parts = request.app.state.parts
    return parts


async def _parts(request: Request) -> Parts:
    return parts_of(request)


TheParts = Annotated[Parts, Depends(_parts)]
