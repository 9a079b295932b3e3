"""`tasklab api`: the HTTP API, one process."""

from __future__ import annotations

import logging
import socket
from typing import TYPE_CHECKING, Annotated

import typer

from system.cli import serving
from system.local.ports import LOOPBACK, listen, url_of

if TYPE_CHECKING:
    from system.wiring import Settings

log = logging.getLogger(__name__)


def api(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on; beyond the loopback it takes API keys.")] = LOOPBACK,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen on; 0: any free one.")] = 8000,
    imports: serving.Imports = None,
    descriptor: Annotated[int | None, typer.Option("--socket", hidden=True)] = None,
    supervised: serving.Supervised = False,
) -> None:
    """Serve the HTTP API; its documentation is at /docs."""
    from system.wiring import check_bind

    with serving.process(imports, supervised=supervised) as settings:
        check_bind(settings, host)
        with socket.socket(fileno=descriptor) if descriptor is not None else listen(host, port) as listener:
            serving.run(_serve(settings, listener))


async def _serve(settings: Settings, listener: socket.socket) -> None:
    from system.api.server import Server
    from system.local.memory import settle
    from system.wiring import make_app, open_services

    async with open_services(settings) as services:
        await serving.bring_up_record(services)
        server = Server(make_app(settings, services))
        serving.on_signals(server.stop)
        settle()
        log.info("the API is at %s, its documentation at /docs", url_of(listener))
        await server.serve([listener])
