"""Little's law, L = λW: holds in every steady system, so records that break it are wrong or were not in balance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.analysis.bootstrap import NoValues
from benchmarks.analysis.in_system import staircase
from benchmarks.records import TaskRecord


@dataclass(frozen=True, slots=True)
class LittlesLaw:
    """Both sides of the law, each from other figures of the same records."""

    in_system: float
    """L: the mean number of tasks in the system, integrated over time."""
    rate: float
    """λ: tasks accepted a second."""
    mean_time: float
    """W: mean seconds from acceptance to recorded end, of the tasks accepted in the measured part that ended."""
    predicted: float
    """λW."""
    ratio: float
    """L / λW: 1 in balance."""
    unfinished: int
    """Tasks accepted in the measured part without an end: W leaves them out and is too short by them."""


def check(tasks: Sequence[TaskRecord], measured_s: float) -> LittlesLaw:
    """Compare both sides from 0 to `measured_s`. Give it all tasks of one trial, of the warm-up and the drain too.

    What was accepted before and ends inside counts in L but not in W, and what ends after in W with its full length:
    the longer the measured part against W, the less these edges weigh. Raises NoValues where nothing was accepted and
    ended.
    """
    arrived = [task for task in tasks if 0 <= task.accepted_s < measured_s]
    times = [task.finished_s - task.accepted_s for task in arrived if task.finished_s is not None]
    if not times or not sum(times) > 0:
        message = "no task was accepted in the measured part and took time: nothing to check Little's law by"
        raise NoValues(message)
    in_system = staircase(tasks, measured_s).mean(0.0, measured_s)
    rate, mean_time = len(arrived) / measured_s, sum(times) / len(times)
    predicted = rate * mean_time
    return LittlesLaw(in_system, rate, mean_time, predicted, in_system / predicted, len(arrived) - len(times))
