"""TaskLab: a distributed task queue that teaches itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from system.tasks.breaker import Breaker
from system.tasks.context import progress
from system.tasks.errors import NonRetryable, RetryAfter, SoftTimeLimit
from system.tasks.handlers import Retry, RetryBudget, task

if TYPE_CHECKING:
    from system.client import Client

__all__ = [
    "Breaker",
    "Client",
    "NonRetryable",
    "Retry",
    "RetryAfter",
    "RetryBudget",
    "SoftTimeLimit",
    "progress",
    "task",
]


def __getattr__(name: str) -> object:
    """Import the client when it is asked for: a worker, which imports this package too, needs no SQL."""
    if name == "Client":
        from system.client import Client  # noqa: PLC0415

        return Client
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
