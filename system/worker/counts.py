"""What a worker has done so far: numbers for its heartbeat."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counts:
    """Attempts since the worker started."""

    done: int = 0
    """Succeeded."""
    failed: int = 0
    refused: int = 0
    """Ended after their lease: the queue did not take the outcome."""
    lost: int = 0
    """Broken off because the lease was lost."""
