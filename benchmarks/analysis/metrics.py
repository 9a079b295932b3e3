"""What two runs are compared by: figures of one trial, each with the direction that is better."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.analysis import latency
from benchmarks.records import TaskRecord, TrialRecord

BACKLOG = "backlog"
FEWEST_FOR_P99 = 100
NOT_THE_SYSTEM = {"generator", "host"}


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure of a trial and its tasks; None where the trial has none."""

    name: str
    unit: str
    more_is_better: bool
    of: Callable[[TrialRecord, Sequence[TaskRecord]], float | None]


def _throughput(trial: TrialRecord, _tasks: Sequence[TaskRecord]) -> float | None:
    return trial.throughput


def _p99(trial: TrialRecord, tasks: Sequence[TaskRecord]) -> float | None:
    """Return the p99 of what was meant to come in the measured part; of a backlog it would be the backlog's length."""
    if trial.arrivals == BACKLOG:
        return None
    meant = [task for task in tasks if task.intended_s is not None and 0 <= task.intended_s <= trial.measured_s]
    seconds = latency.end_to_end(meant)
    return latency.summary(seconds).p99 * 1000 if len(seconds) >= FEWEST_FOR_P99 else None


def _cpu(trial: TrialRecord, _tasks: Sequence[TaskRecord]) -> float | None:
    spent = [ms for role, ms in trial.cpu_ms_per_task.items() if role not in NOT_THE_SYSTEM]
    return sum(spent) if spent else None


METRICS = (
    Metric("throughput", "tasks/s", more_is_better=True, of=_throughput),
    Metric("end to end, p99", "ms", more_is_better=False, of=_p99),
    Metric("CPU per task", "ms", more_is_better=False, of=_cpu),
)
