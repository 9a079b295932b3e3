"""How many tasks were in the system at each moment: a staircase, up at an acceptance, down at a recorded end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.records import TaskRecord


@dataclass(frozen=True, slots=True)
class Staircase:
    """`counts[i]` tasks from `times[i]` to `times[i + 1]`; times in seconds, ascending, one more than counts."""

    times: NDArray[np.float64]
    counts: NDArray[np.int64]

    def mean(self, begin: float, end: float) -> float:
        """Return the mean number between two times: the area under the stairs, divided by the length."""
        edges = np.clip(self.times, begin, end)
        return float(np.sum(self.counts * np.diff(edges)) / (end - begin))


def staircase(tasks: Sequence[TaskRecord], measured_s: float) -> Staircase:
    """Return the number of tasks in the system from 0 to `measured_s`; what has not ended is in it until then."""
    begins = np.array([task.accepted_s for task in tasks], dtype=np.float64)
    ends = np.array([measured_s if task.finished_s is None else task.finished_s for task in tasks], dtype=np.float64)
    times = np.clip(np.concatenate([begins, ends]), 0.0, measured_s)
    steps = np.concatenate([np.ones(len(begins), dtype=np.int64), -np.ones(len(ends), dtype=np.int64)])
    order = np.argsort(times, kind="stable")
    counts = np.concatenate([[0], np.cumsum(steps[order])]).astype(np.int64)
    return Staircase(np.concatenate([[0.0], times[order], [measured_s]]), counts)
