"""From whatever is raised to a problem document; nothing leaves the API as a bare error or a stack trace."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from system.api import problems
from system.operations.plain_json import step
from system.tasks.errors import Overloaded, ServiceUnavailable, TaskLabError

METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
RETRY_AFTER_SECONDS = 2  # when a service is away, nobody knows for how long

log = logging.getLogger(__name__)


def install(app: FastAPI) -> None:
    """Make `app` answer problems."""
    app.add_exception_handler(TaskLabError, _own_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unforeseen)


async def _own_error(_: Request, error: Exception) -> Response:
    headers, detail = {}, str(error)
    if isinstance(error, Overloaded):
        headers["Retry-After"] = str(round(error.retry_after))
    elif isinstance(error, ServiceUnavailable):
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        log.warning("%s", error)  # it names hosts and users, which are the operator's business alone
        detail = "try again later; the log of the API says what is wrong"
    problem = problems.of_error(error)
    return problems.answer(problem, detail, errors=problems.details_of(error), headers=headers)


async def _invalid(_: Request, error: Exception) -> Response:
    raw: Iterable[Any] = error.errors() if isinstance(error, RequestValidationError) else ()
    listed = [{"pointer": _pointer(one["loc"]), "message": one["msg"]} for one in raw]
    detail = "; ".join(f"{one['pointer'] or 'the body'}: {one['message']}" for one in listed[:3])
    return problems.answer(problems.INVALID, detail, errors=listed)


async def _http(request: Request, error: Exception) -> Response:
    if isinstance(error, problems.Refused):
        return problems.answer(error.problem, str(error.detail), errors=error.errors, headers=error.headers)
    status, detail, headers = 500, "", None
    if isinstance(error, HTTPException):
        status, detail, headers = error.status_code, str(error.detail), error.headers
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers = {"Allow": ", ".join(_methods(request))}
    return problems.answer(problems.of_status(status), detail, headers=headers)


def _methods(request: Request) -> list[str]:
    """Return what a path does allow; the router names the methods of the first of its routes only."""
    return [
        method
        for method in METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in request.app.routes)
    ]


async def _unforeseen(_: Request, __: Exception) -> Response:
    """Answer; Starlette then raises the error once more, to the server, which logs it with its stack."""
    return problems.answer(problems.INTERNAL, "The error was logged; if it persists, report it with the time.")


def _pointer(location: Iterable[str | int]) -> str:
    """Turn pydantic's location ("body", "tasks", 3, "type") into /tasks/3/type."""
    _, *path = location
    return "".join(step(part) for part in path)
