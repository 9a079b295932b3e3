"""The gate: who has no valid key gets no further, and not even a body of theirs is read."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Request, Security
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Connection

from system.api import problems
from system.api.auth import Caller, Keys, Scope
from system.api.problems import Refused

OPEN_PATHS = frozenset({"/docs", "/docs/oauth2-redirect", "/openapi.json", "/health", "/health/live", "/health/ready"})
OPEN_FOLDER = "/static-offline-docs/"
ANYBODY = Caller()


class Gate:
    """ASGI middleware that finds out who calls; without any keys it is always the nameless administrator."""

    def __init__(self, app: ASGIApp, *, keys: Keys) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, connection: Connection, receive: Receive, send: Send) -> None:
        """Let a request through, with its caller noted, or answer 401."""
        if connection["type"] == "http" and self._keys:
            caller = self._keys.find(Headers(scope=connection).get("authorization"))
            if caller is None and not _is_open(connection["path"]):
                detail = "send the header Authorization: Bearer KEY, with a key of this installation"
                refusal = problems.answer(problems.UNAUTHENTICATED, detail, headers={"WWW-Authenticate": "Bearer"})
                await refusal(connection, receive, send)
                return
            connection["tasklab.caller"] = caller
        await self._app(connection, receive, send)


class Needs(SecurityBase):
    """A dependency that lets callers with one of the given scopes through; administrators always pass."""

    def __init__(self, *scopes: Scope) -> None:
        self.model = HTTPBearer(description="an API key; none is needed where none is configured")
        self.scheme_name = "API key"
        self._scopes = {Scope.ADMIN, *scopes}

    async def __call__(self, request: Request) -> Caller:
        """Return the caller, or answer 403."""
        return self.check(request)

    def check(self, request: Request) -> Caller:
        """Do the same for who has no use for a dependency."""
        caller: Caller = request.scope.get("tasklab.caller", ANYBODY)
        if caller.scope not in self._scopes:
            detail = f"this needs a key of scope {' or '.join(sorted(self._scopes))}; yours has {caller.scope}"
            raise Refused(problems.FORBIDDEN, detail)
        return caller


SUBMITTERS = Needs(Scope.SUBMIT)
Submitting = Annotated[Caller, Security(SUBMITTERS)]
Seeing = Annotated[Caller, Security(Needs(Scope.SUBMIT, Scope.READ))]
Reading = Annotated[Caller, Security(Needs(Scope.READ))]
Administering = Annotated[Caller, Security(Needs())]


def _is_open(path: Any) -> bool:
    return path in OPEN_PATHS or str(path).startswith(OPEN_FOLDER)
