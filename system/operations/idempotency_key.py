"""What an idempotency key may be, wherever it comes from."""

from __future__ import annotations

import re

from system.tasks.errors import InvalidTask

LONGEST = 255
FORM = f"1 to {LONGEST} printable ASCII characters"
_KEY = re.compile(rf"[\x20-\x7e]{{1,{LONGEST}}}")


def check(key: str) -> None:
    """Raise InvalidTask unless `key` has the form of a key."""
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        message = f"an idempotency key has {FORM}"
        raise InvalidTask(message)
