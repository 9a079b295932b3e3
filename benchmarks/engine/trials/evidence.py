"""What a trial left behind, gathered, judged by the checker, and made into records."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.checker import Fault, History, Refusal, check, write
from benchmarks.engine.folder import compress
from benchmarks.engine.gather import accepted_twice, gather
from benchmarks.engine.judging import counts, verdict
from benchmarks.engine.points import PlannedTrial
from benchmarks.engine.trials import rows
from benchmarks.engine.trials.sampler import Sampler
from benchmarks.engine.trials.sums import Found, trial_record
from benchmarks.engine.trials.window import Window
from benchmarks.records import Record, TrialRecord
from system.wiring import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was seen of a trial from outside."""

    window: Window
    faults: list[Fault]
    refusals: list[Refusal]
    drained: bool
    drain_s: float


async def judge(
    trial: PlannedTrial, services: Services, evidence: Evidence, sampler: Sampler, folder: Path
) -> tuple[TrialRecord, list[Record]]:
    """Read the record, have it checked, and return the trial's records; the history goes into `folder`."""
    window = evidence.window
    history = await gather(
        services,
        window.logs.values(),
        faults=evidence.faults,
        refusals=evidence.refusals,
        drained=evidence.drained,
        lease_seconds=trial.point.lease_seconds,
    )
    judged, checked = _judged(history)
    clock = rows.Clock(trial.number, window.began_at)
    calls = rows.requests(clock, window.logs)
    tasks = await rows.task_records(clock, services.database, rows.intended(window.logs))
    found = Found(
        window=window,
        scheduled=trial.point.load.kind != "backlog",
        tasks=tasks,
        requests=calls,
        missed=sum(clock(due) >= 0 for due in rows.missed(window.logs)),
        drain_s=evidence.drain_s,
        verdict=judged,
        checked=checked,
    )
    others: list[Record] = [*calls, *tasks, *await rows.attempt_records(clock, services.database)]
    others += rows.fault_records(clock, evidence.faults)
    others += sampler.records(trial.number, window.began_at)
    _keep(history, window, folder)
    return trial_record(trial, found, sampler), others


def _judged(history: History) -> tuple[str, dict[str, int]]:
    report, twice = check(history), accepted_twice(history)
    return str(verdict(report, twice, "")), counts(report, twice)


def _keep(history: History, window: Window, folder: Path) -> None:
    for path in (write(history, folder), *window.logs.values()):
        compress(path)
