"""Whether a system keeps up with an open loop, or its backlog grows as long as the load lasts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import stats

from benchmarks.analysis.bootstrap import NoValues
from benchmarks.analysis.in_system import staircase
from benchmarks.records import TaskRecord

WINDOWS = 20
"""The backlog is averaged over so many parts of the run: neighbouring values are too alike to count singly."""
TOLERATED = 0.02
"""Growth below this share of the arrivals is not told from the wandering of a queue that keeps up."""


@dataclass(frozen=True, slots=True)
class Stability:
    """The trend of the tasks in the system over the measured part."""

    stable: bool
    growth: float
    """Tasks a second that the backlog grows by (Theil-Sen slope: the median of the slopes between any two windows)."""
    low: float
    high: float
    """95 % interval of the growth."""
    share: float
    """Growth / arrival rate: the part of the load that is not done in time."""

    @property
    def words(self) -> str:
        """What was found, for a report."""
        if self.stable:
            return "the backlog does not grow"
        return f"the backlog grows by {self.growth:.3g} tasks a second, {self.share:.1%} of what arrives"


def check(tasks: Sequence[TaskRecord], measured_s: float) -> Stability:
    """Judge one trial from 0 to `measured_s`. Give it all tasks, of the warm-up and the drain too. Raises NoValues.

    Unstable when the whole interval of the slope lies above 0 and its middle over 2 % of the arrivals. Short runs near
    the knee can be misjudged either way, for a full queue is slow to show where it goes. Of 40 simulated M/M/4 queues
    each, of some 100 tasks a second, it called growing: at 95 % load 6 within 10 s, none within 30 s; at 105 % load 25
    within 10 s, 33 within 30 s, 38 within 60 s.
    """
    arrived = sum(0 <= task.accepted_s < measured_s for task in tasks)
    if not arrived:
        message = "no task was accepted in the measured part: no trend"
        raise NoValues(message)
    edges = np.linspace(0.0, measured_s, WINDOWS + 1)
    stairs = staircase(tasks, measured_s)
    means = [stairs.mean(begin, end) for begin, end in pairwise(edges)]
    slope = stats.theilslopes(means, (edges[:-1] + edges[1:]) / 2, alpha=0.95)
    share = float(slope.slope) * measured_s / arrived
    growing = float(slope.low_slope) > 0 and share > TOLERATED
    return Stability(not growing, float(slope.slope), float(slope.low_slope), float(slope.high_slope), share)
