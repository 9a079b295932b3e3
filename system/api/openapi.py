"""The OpenAPI document, where FastAPI's own would not be true: errors are problems here, and each route has its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from system.api.problems import MEDIA_TYPE

NOT_OURS = ("HTTPValidationError", "ValidationError")  # FastAPI's errors, which ours replace


def describe(app: FastAPI) -> None:
    """Make `app.openapi()` return the true document; it is made once."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            for operations in document["paths"].values():
                for operation in operations.values():
                    operation["responses"] = dict(_true(operation["responses"]))
            for name in NOT_OURS:
                document["components"]["schemas"].pop(name, None)
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]  # the way that FastAPI's documentation shows


def _true(responses: dict[str, dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give errors the media type they come with, and leave out those that FastAPI takes for granted."""
    for status, response in responses.items():
        body = next(iter(response.get("content", {}).values()), None)  # under the media type of the route
        if body is None or status.startswith("2"):
            yield status, response
        elif NOT_OURS[0] not in str(body):
            yield status, {**response, "content": {MEDIA_TYPE: body}}
