"""How the application is served: uvicorn, on sockets that are open already, ended by whoever started it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from system.api.http_head import BoundedHeadProtocol

GRACE_SECONDS = 3  # for answers under way


class Server(uvicorn.Server):
    """A server that leaves signals to its owner; `await serve(sockets)` until `stop`."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=BoundedHeadProtocol,
                ws="none",
                log_config=None,  # as all of TaskLab logs
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )

    def stop(self) -> None:
        """Finish the answers under way and end; the second call ends at once. Fit for a signal handler."""
        self.force_exit = self.should_exit
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield
