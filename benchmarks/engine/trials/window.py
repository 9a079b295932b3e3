"""What a load tells of itself when it is over: which part of it counts, and where its calls are written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The measured part of a trial; times are seconds since 1970."""

    began_at: float
    ended_at: float
    """The schedule's end, or when a backlog's last end was in SQL."""
    logs: Mapping[str, Path]
    """Name of the client -> its log."""
    doubt: str = ""
    """What makes the trial less than was planned."""
