"""The application: routes, gate and error handlers, put together around the parts that wiring hands over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from system.api import alerts, breakers, dead_letters, error_handlers, health, metrics, queues, scaling, tasks, workers
from system.api.auth import Keys
from system.api.gate import Gate
from system.api.openapi import describe
from system.api.parts import Parts
from system.api.rate import RateLimit
from system.api.timing import Durations, Timing
from system.operations.submit import Submitter
from system.queues.protocol import Queue
from system.queues.registry import WorkerRegistry
from system.storage.store import Store

BODY_SECONDS = 10.0
VERSION = "0.1.0"


def create_app(
    *,
    store: Store,
    queue: Queue,
    registry: WorkerRegistry,
    submitter: Submitter,
    keys: Keys,
    max_body_bytes: int,
    reconcile: Callable[[], Awaitable[int]],
    body_timeout: float = BODY_SECONDS,
    rate_limit: float = 0.0,
    around: AbstractAsyncContextManager[object] | None = None,
) -> FastAPI:
    """Make the application. It starts and stops the submitter itself.

    `reconcile` compares the queue with SQL and returns how many tasks it put again; `body_timeout` is how many seconds
    a body may stall; `rate_limit` is how many requests a second each caller has, 0: any number; `around` is entered
    before the first request and left after the last.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with around or nullcontext():
            submitter.start()
            try:
                yield
            finally:
                await submitter.stop()

    app = FastAPIOffline(title="TaskLab", version=VERSION, redoc_url=None, lifespan=lifespan)
    app.state.parts = Parts(store, queue, registry, submitter, reconcile)
    app.state.max_body_bytes = max_body_bytes
    app.state.body_timeout = body_timeout
    app.add_middleware(Gate, keys=keys, rate=RateLimit(rate_limit) if rate_limit else None)
    app.state.durations = Durations()
    app.add_middleware(Timing, durations=app.state.durations)
    error_handlers.install(app)
    describe(app)
    for part in (tasks, queues, dead_letters, breakers, workers, metrics, alerts, scaling, health):
        app.include_router(part.router)
    return app
