"""How large a share of the users is there when; `passed` is the share of the run that is over, 0 to 1."""

from __future__ import annotations

LEVELS = 5  # of steps
SPIKE = (0.4, 0.6)  # from when until when
CALM = 0.1  # of the users, before and after a spike


def ramp(passed: float) -> float:
    """Grow evenly."""
    return passed


def steps(passed: float) -> float:
    """Grow in five equal steps."""
    return min(int(passed * LEVELS) + 1, LEVELS) / LEVELS


def spike(passed: float) -> float:
    """Be calm, then all at once there, then calm again."""
    begin, end = SPIKE
    return 1.0 if begin <= passed < end else CALM
