"""Places in a queue's history, in their order."""

from __future__ import annotations

BEGINNING = "0"


def place(position: str) -> tuple[int, int]:
    """Return what positions are ordered by: "1764000000000-3" (Redis) and "17" (memory) read as numbers."""
    first, _, second = position.partition("-")
    return int(first), int(second or 0)
