"""A run's records, read once and sorted by what the sections ask for."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from statistics import median
from typing import Any, Protocol, TypeVar

from benchmarks.records import (
    AttemptRecord,
    FaultRecord,
    RequestRecord,
    ResultFolder,
    SampleRecord,
    TaskRecord,
    TrialRecord,
    UnreadableResults,
)

PEERS = "peers.json"
OPEN = {"constant", "poisson", "steps", "trace"}
"""Arrivals that wait for nobody."""


class _OfTrial(Protocol):
    @property
    def trial(self) -> int: ...


R = TypeVar("R", bound=_OfTrial)


class Evidence:
    """All records of a result folder; raises UnreadableResults where nothing was measured."""

    def __init__(self, folder: ResultFolder) -> None:
        self.folder = folder
        self.run: dict[str, Any] = folder.read_run()
        self.all_trials: list[TrialRecord] = folder.read(TrialRecord)
        if not self.all_trials and not self.has_peers:
            message = f"{folder.path}: no trial was finished, so there is nothing to report"
            raise UnreadableResults(message)

    @property
    def has_peers(self) -> bool:
        """Whether other queues were measured in this run."""
        return (self.folder.path / PEERS).exists()

    @cached_property
    def requests(self) -> list[RequestRecord]:
        """Calls of clients."""
        return self.folder.read(RequestRecord)

    @cached_property
    def tasks(self) -> list[TaskRecord]:
        """Accepted tasks."""
        return self.folder.read(TaskRecord)

    @cached_property
    def attempts(self) -> list[AttemptRecord]:
        """Times a task was handed out."""
        return self.folder.read(AttemptRecord)

    @cached_property
    def samples(self) -> list[SampleRecord]:
        """Values over time."""
        return self.folder.read(SampleRecord)

    @cached_property
    def faults(self) -> list[FaultRecord]:
        """What was broken on purpose."""
        return self.folder.read(FaultRecord)

    @cached_property
    def trials(self) -> list[TrialRecord]:
        """All trials but the second halves of A/A pairs."""
        return [trial for trial in self.all_trials if not trial.control]

    @cached_property
    def points(self) -> dict[str, list[TrialRecord]]:
        """The trials by point, the points in the order of workers and rate, then as they ran."""
        ordered = sorted(self.trials, key=lambda trial: (trial.workers, trial.rate or 0, trial.repeat))
        points: dict[str, list[TrialRecord]] = {}
        for trial in ordered:
            points.setdefault(trial.point, []).append(trial)
        return points

    @property
    def seed(self) -> int:
        """What decided the order of the trials; statistics that need chance begin from it too."""
        seed = self.run.get("seed")
        return seed if isinstance(seed, int) else self.all_trials[0].seed if self.all_trials else 0

    @property
    def title(self) -> str:
        """What the run is called."""
        return str(self.scenario.get("name") or self.folder.path.name)

    @property
    def commit(self) -> str:
        """The version that was measured; `+` where files differed from it."""
        environment = self.run.get("environment", {})
        return str(self.run.get("commit") or environment.get("commit") or environment.get("tasklab") or "")

    @property
    def load_before(self) -> float | None:
        """Runnable processes on the machine before the run, on average of the last minute."""
        load = self.run.get("load_before")
        load = load[0] if isinstance(load, list) and load else load
        return float(load) if isinstance(load, (int, float)) else None

    @property
    def scenario(self) -> dict[str, Any]:
        """What was asked for, as the engine read it."""
        scenario = self.run.get("scenario")
        return scenario if isinstance(scenario, dict) else {}

    @property
    def in_order(self) -> list[TrialRecord]:
        """The trials in the order of their points."""
        return [trial for repeats in self.points.values() for trial in repeats]

    @cached_property
    def curve(self) -> dict[int, list[TrialRecord]]:
        """Trials by number of workers, where nothing but that number differs between the points; else empty."""
        setups = {
            (t.phase, t.queue, t.database, t.accept, t.concurrency, t.mix, t.arrivals, t.rate) for t in self.trials
        }
        curve: dict[int, list[TrialRecord]] = {}
        for trial in self.in_order:
            curve.setdefault(trial.workers, []).append(trial)
        return curve if len(setups) == 1 and len(curve) > 1 else {}

    def of(self, records: Iterable[R], trials: Iterable[TrialRecord]) -> list[R]:
        """Return the records of some trials."""
        numbers = {trial.trial for trial in trials}
        return [record for record in records if record.trial in numbers]

    def typical(self, trials: Iterable[TrialRecord]) -> TrialRecord:
        """Return the one whose throughput lies nearest to the median."""
        some = list(trials)
        middle = median(trial.throughput for trial in some)
        return min(some, key=lambda trial: (abs(trial.throughput - middle), trial.trial))
