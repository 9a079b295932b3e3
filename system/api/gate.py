"""The gate: who has no valid key gets no further, and not even a body of theirs is read."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Request, Response, Security
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Connection

from system.api import problems
from system.api.auth import Caller, Keys, Scope
from system.api.problems import Refused
from system.api.rate import RateLimit
from system.api.strangers import stranger

OPEN_PATHS = frozenset({"/docs", "/docs/oauth2-redirect", "/openapi.json", "/health", "/health/live", "/health/ready"})
OPEN_FOLDER = "/static-offline-docs/"
ANYBODY = Caller()
NEEDS_KEY = "send the header Authorization: Bearer KEY, with a key of this installation"
CHALLENGE = {"WWW-Authenticate": "Bearer"}


class Gate:
    """ASGI middleware that finds out who calls; without any keys it is always the nameless administrator."""

    def __init__(self, app: ASGIApp, *, keys: Keys, rate: RateLimit | None = None) -> None:
        self._app = app
        self._keys = keys
        self._rate = rate

    async def __call__(self, connection: Connection, receive: Receive, send: Send) -> None:
        """Let a request through, with its caller noted, or answer 401, 403 to a stranger, or 429."""
        if connection["type"] == "http" and (refusal := self._refusal(connection)) is not None:
            await refusal(connection, receive, send)
        else:
            await self._app(connection, receive, send)

    def _refusal(self, connection: Connection) -> Response | None:
        headers, is_open = Headers(scope=connection), _is_open(connection["path"])
        caller = self._keys.find(headers.get("authorization")) if self._keys else ANYBODY
        if not self._keys and (strange := stranger(headers)) is not None:
            return problems.answer(problems.STRANGER, strange)
        if caller is None and not is_open:
            return problems.answer(problems.UNAUTHENTICATED, NEEDS_KEY, headers=CHALLENGE)
        connection["tasklab.caller"] = caller
        if self._rate is None or caller is None or is_open:
            return None
        if (pause := self._rate.pause(caller)) is not None:
            detail = f"more requests than this installation takes from one caller; try again in {pause} s"
            return problems.answer(problems.RATE_LIMITED, detail, headers={"Retry-After": str(pause)})
        return None


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
        caller: Caller | None = request.scope.get("tasklab.caller")
        if caller is None:
            raise Refused(problems.UNAUTHENTICATED, NEEDS_KEY, headers=CHALLENGE)
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
