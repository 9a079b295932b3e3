"""Records made by hand, and whole queues made by chance, for the statistics to be tried on."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.records import RequestRecord, ResultFolder, TaskRecord, TrialRecord

ENVIRONMENT = {"date": "2026-01-01", "cores": "2, load before 0.1", "python": "3.11.7", "tasklab": "0.1.0, commit a"}


def trial(**changes: Any) -> TrialRecord:
    """Return a valid trial of a backlog."""
    values: dict[str, Any] = {
        "trial": 0,
        "point": "workers=2",
        "repeat": 0,
        "seed": 1,
        "began_at": 1_800_000_000.0,
        "workers": 2,
        "concurrency": 4,
        "lease_seconds": 5.0,
        "mix": "noop",
        "arrivals": "backlog",
        "measured_s": 10.0,
        "accepted": 0,
        "done": 1_000,
        "throughput": 100.0,
        "drain_s": 0.0,
        "verdict": "valid",
    }
    return TrialRecord(**values | changes)


def task(accepted_s: float, started_s: float | None, finished_s: float | None, **changes: Any) -> TaskRecord:
    """Return a task by its times."""
    values: dict[str, Any] = {
        "trial": 0,
        "task_id": f"{accepted_s}",
        "type": "noop",
        "priority": 0,
        "intended_s": None,
        "accepted_s": accepted_s,
        "started_s": started_s,
        "finished_s": finished_s,
        "status": "succeeded" if finished_s is not None else "running",
        "attempts": 1,
        "failures": 0,
        "worker": "worker-1",
    }
    return TaskRecord(**values | changes)


def call(intended_s: float, sent_s: float, answered_s: float | None, answer: str = "acknowledged") -> RequestRecord:
    """Return a call by its times."""
    return RequestRecord(
        trial=0,
        client="http",
        tasks=1,
        intended_s=intended_s,
        sent_s=sent_s,
        answered_s=answered_s,
        answer=answer,
    )


def queue(arrival_rate: float, service_rate: float, servers: int, seconds: float, seed: int) -> list[TaskRecord]:
    """Play an M/M/c queue: 5 s of warm-up, the measured part, and the drain."""
    chance = np.random.default_rng(seed)
    arrivals = np.cumsum(chance.exponential(1 / arrival_rate, int(arrival_rate * (seconds + 5) * 1.2) + 50)) - 5
    free = [-5.0] * servers
    tasks = []
    for arrival in arrivals[arrivals < seconds]:
        start = max(float(arrival), heapq.heappop(free))
        end = start + float(chance.exponential(1 / service_rate))
        heapq.heappush(free, end)
        tasks.append(task(float(arrival), start, end, intended_s=float(arrival)))
    return tasks


def results(
    path: Path, trials: Iterable[TrialRecord], tasks: Iterable[TaskRecord] = (), **environment: str
) -> ResultFolder:
    """Write a result folder."""
    folder = ResultFolder(path)
    folder.write_run({"environment": ENVIRONMENT | environment})
    folder.add(trials)
    folder.add(tasks)
    return folder


def repeats(throughput: float, seed: int, *, spread: float = 0.02, count: int = 5, **changes: Any) -> list[TrialRecord]:
    """Return repeats of one point, and an A/A control of each, whose rates scatter by `spread`."""
    chance = np.random.default_rng(seed)
    return [
        trial(trial=number, repeat=number // 2, control=bool(number % 2), throughput=throughput * factor, **changes)
        for number, factor in enumerate(np.exp(chance.normal(0, spread, 2 * count)).tolist())
    ]
