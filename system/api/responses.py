"""How answers are written, and which problems a route is documented to answer with."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Response

from system.api.outputs import Problem

ANY = (401, 403, 429, 500, 503)  # what every guarded route may answer
BODY = (400, 408, 413, 415, 422)  # and what one that takes a body may answer, too
RETRY_AFTER = {"description": "seconds until it pays to try again", "schema": {"type": "integer", "minimum": 1}}
CHALLENGE = {"description": "how to authenticate", "schema": {"type": "string"}}
HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": CHALLENGE},
    429: {"Retry-After": RETRY_AFTER},
    503: {"Retry-After": RETRY_AFTER},
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Document that a route may answer with these; openapi.py gives them the media type of problems."""
    return {
        status: {"model": Problem, "description": HTTPStatus(status).phrase, "headers": HEADERS.get(status, {})}
        for status in statuses
    }


def json_response(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer JSON that is written already; FastAPI would take it apart and check it once more."""
    return Response(body, status, headers, "application/json")
