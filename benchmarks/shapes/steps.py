"""More users in five equal steps."""

from __future__ import annotations

from benchmarks.shapes import levels
from benchmarks.shapes.over_time import OverTime


class Steps(OverTime):
    """Runs for --run-time, with at most --users."""

    def level(self, passed: float) -> float:
        """Return the share of the users that is there."""
        return levels.steps(passed)
