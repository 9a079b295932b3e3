"""Waiting for a condition, with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable

PAUSE = 0.005


def until(condition: Callable[[], bool], what: str, *, seconds: float = 10.0) -> None:
    """Return as soon as a condition holds; raises TimeoutError, which names `what`, after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            message = f"waited {seconds:g} s in vain: {what}"
            raise TimeoutError(message)
        time.sleep(PAUSE)
