"""One of two runs that are compared: its trials by point, and each point's figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.analysis.metrics import Metric
from benchmarks.analysis.noise import Noise, threshold
from benchmarks.records import ResultFolder, TaskRecord, TrialRecord, UnreadableResults


class Side:
    """A result folder, read; raises UnreadableResults, also where no trial was finished."""

    def __init__(self, folder: ResultFolder) -> None:
        self.environment: Mapping[str, Any] = folder.read_run().get("environment", {})
        self.trials = folder.read(TrialRecord)
        if not self.trials:
            message = f"{folder.path}: no trial was finished, so there is nothing to compare"
            raise UnreadableResults(message)
        self.points: dict[str, list[TrialRecord]] = {}
        for trial in self.trials:
            if not trial.control:
                self.points.setdefault(trial.point, []).append(trial)
        self._tasks: dict[int, list[TaskRecord]] = {trial.trial: [] for trial in self.trials}
        for task in folder.read(TaskRecord):
            self._tasks.setdefault(task.trial, []).append(task)

    def values(self, point: str, metric: Metric) -> list[float]:
        """Return a figure of all trials of a point that have it."""
        found = (self._figure(trial, metric) for trial in self.points.get(point, []))
        return [value for value in found if value is not None]

    def noise(self, metric: Metric) -> Noise:
        """Return how far equal trials of this run lie apart in a figure."""
        return threshold(self.trials, [self._figure(trial, metric) for trial in self.trials])

    def _figure(self, trial: TrialRecord, metric: Metric) -> float | None:
        return metric.of(trial, self._tasks[trial.trial])
