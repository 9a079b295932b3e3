"""The Idempotency-Key header: the same key and body again bring the first answer again."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from system.api import problems
from system.api.gate import SUBMITTERS
from system.api.problems import Refused
from system.operations.idempotency_key import LONGEST, check
from system.tasks.errors import InvalidTask

DOCUMENTED: dict[str, Any] = {
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "Send the same key and body again, and the first answer comes again, without a second task.",
            "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST},
        }
    ],
    "security": [{SUBMITTERS.scheme_name: []}],
}
"""What the OpenAPI document says of a route that checks its caller and this header itself."""


def key_of(request: Request) -> str | None:
    """Return the key a request came with, None if it has none; answer 422 to an unusable one."""
    key = request.headers.get("idempotency-key")
    if key is not None:
        try:
            check(key)
        except InvalidTask as error:
            listed = [{"pointer": "/idempotency-key", "message": str(error)}]
            raise Refused(problems.INVALID, str(error), errors=listed) from None
    return key
