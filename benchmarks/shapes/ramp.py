"""More and more users, evenly."""

from __future__ import annotations

from benchmarks.shapes import levels
from benchmarks.shapes.over_time import OverTime


class Ramp(OverTime):
    """Runs for --run-time, with at most --users."""

    def level(self, passed: float) -> float:
        """Return the share of the users that is there."""
        return levels.ramp(passed)
