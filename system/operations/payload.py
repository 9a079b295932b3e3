"""What a payload may be, the same for HTTP, the command line and the client: a bounded object of plain JSON."""

from __future__ import annotations

from typing import Any

import orjson

from system.operations import plain_json
from system.operations.plain_json import NotPlain
from system.tasks.errors import InvalidPayload

MAX_BYTES = 1_048_576  # as JSON
DEPTH = 2  # a payload is part of its task, which is what nests so and so deep


def check(payload: Any, max_bytes: int = MAX_BYTES) -> None:
    """Raise InvalidPayload, which says where, for what would not come out of SQL and Redis as it went in."""
    if not isinstance(payload, dict):
        message = f"payload: an object is needed (a dict in Python), not {type(payload).__name__}"
        raise InvalidPayload(message)
    try:
        plain_json.check(payload, DEPTH)
    except NotPlain as error:
        message = f"payload{error.pointer}: {error}"
        raise InvalidPayload(message) from None
    size = len(orjson.dumps(payload))
    if size > max_bytes:
        message = f"payload: {size:,} bytes of JSON, the limit is {max_bytes:,}: store it elsewhere and send where"
        raise InvalidPayload(message)
