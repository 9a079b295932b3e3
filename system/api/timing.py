"""How long this process takes to answer, by route: for Prometheus, and as all of it, in seconds."""

from __future__ import annotations

import time
from collections.abc import MutableMapping
from typing import Any

from prometheus_client import CollectorRegistry, Histogram
from starlette.types import ASGIApp, Receive, Scope, Send

EDGES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
NO_ROUTE = "(none)"  # whatever a stranger asks for makes no label of its own
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class Durations:
    """The histogram, one series a method, route and status."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._histogram = Histogram(
            "tasklab_http_request_duration_seconds",
            "From a request's head to the end of its answer, in the process that answers.",
            ["method", "route", "status"],
            buckets=EDGES,
            registry=self.registry,
        )
        self._children: dict[tuple[str, str, int], Histogram] = {}

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        key = (method, route, status)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self._histogram.labels(*key)
        child.observe(seconds)


class Timing:
    """ASGI middleware around everything else."""

    def __init__(self, app: ASGIApp, *, durations: Durations) -> None:
        self._app = app
        self._durations = durations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and note how long it took."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500  # where nothing is sent

        async def watch(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began = time.perf_counter()
        try:
            await self._app(scope, receive, watch)
        finally:
            method = scope["method"] if scope["method"] in METHODS else NO_ROUTE
            self._durations.note(method, _route(scope), status, time.perf_counter() - began)


def _route(scope: Scope) -> str:
    # FastAPI leaves what it found under one of these, by its version and by whether the route is an included router's.
    found = scope.get("route") or scope.get("fastapi", {}).get("effective_route_context")
    return str(getattr(found, "path_format", NO_ROUTE))
