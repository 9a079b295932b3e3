"""How answers are written, and how the OpenAPI document tells of problems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Response

from system.api.outputs import Problem
from system.api.problems import MEDIA_TYPE

PROBLEM: dict[int | str, dict[str, Any]] = {
    "default": {"model": Problem, "description": "A problem (RFC 9457)", "content": {MEDIA_TYPE: {}}},
}


def json_response(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer JSON that is written already; FastAPI would take it apart and check it once more."""
    return Response(body, status, headers, "application/json")
