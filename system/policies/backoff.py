"""How long to wait before a failed task runs again: longer each time, and never all at once."""

from __future__ import annotations

from random import Random

from system.tasks.handlers import Retry

MAX_DOUBLINGS = 64  # more would overflow, and every cap is reached long before


def delay(retry: Retry, failures: int, random: Random) -> float:
    """Return the pause in seconds after the `failures`-th failure (from 1); tasks.handlers.Retry has the formula."""
    if retry.delays:
        return retry.delays[min(failures, len(retry.delays)) - 1]
    doublings = min(failures - 1, MAX_DOUBLINGS)
    pause = min(retry.cap, retry.base * 2.0**doublings)
    match retry.jitter:
        case "full":
            return random.uniform(0, pause)
        case "equal":
            return random.uniform(pause / 2, pause)
        case "none":
            return pause
