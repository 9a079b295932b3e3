"""The record of a trial: its sums, and what makes them doubtful."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from benchmarks.analysis import stability
from benchmarks.analysis.limits import host_limited
from benchmarks.checker import Answer
from benchmarks.engine.points import PlannedTrial
from benchmarks.engine.trials.sampler import Sampler
from benchmarks.engine.trials.usage import HOST, cores
from benchmarks.engine.trials.window import Window
from benchmarks.records import RequestRecord, TaskRecord, TrialRecord

SHORTEST_S = 10.0
WORKERS = ("worker", "remote")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a trial left behind; seconds count from the window's beginning."""

    window: Window
    scheduled: bool
    """Whether tasks came by a schedule, not as a backlog."""
    tasks: Sequence[TaskRecord]
    requests: Sequence[RequestRecord]
    missed: int
    """Calls of the measured part that were never made."""
    drain_s: float
    verdict: str
    checked: dict[str, int]


def trial_record(planned: PlannedTrial, found: Found, sampler: Sampler) -> TrialRecord:
    """Sum a trial up."""
    point, window = planned.point, found.window
    measured = window.ended_at - window.began_at
    done = sum(task.finished_s is not None and 0 <= task.finished_s <= measured for task in found.tasks)
    cpu, own = sampler.used(window.began_at, window.began_at + measured)
    commands = sampler.commands(window.began_at, window.began_at + measured)
    busiest = max((role for role in own if role != HOST), key=lambda role: own[role], default="")
    by_role = _workers_together(cpu)
    trend = stability.check(found.tasks, measured) if found.scheduled and found.tasks else None
    record = TrialRecord(
        trial=planned.number,
        point=point.name,
        repeat=planned.repeat,
        control=planned.control,
        seed=planned.seed,
        began_at=window.began_at,
        phase=point.phase,
        queue=point.queue,
        database=point.database,
        accept=point.accept,
        workers=point.workers,
        concurrency=point.concurrency,
        lease_seconds=point.lease_seconds,
        mix=point.mix,
        arrivals=point.load.kind,
        rate=_rate(planned),
        measured_s=measured,
        accepted=_accepted(found, measured),
        done=done,
        throughput=done / measured if measured else 0.0,
        drain_s=found.drain_s,
        kept_up=None if trend is None else trend.stable,
        missed=found.missed,
        cpu_s=by_role,
        cpu_ms_per_task={role: seconds / done * 1000 for role, seconds in by_role.items()} if done else {},
        redis_commands_per_task=commands / done if done and commands is not None else None,
        pss_mb=_one_worker(sampler.pss_mb),
        host_busy=min(1.0, cpu[HOST] / measured / cores()) if measured else 0.0,
        busiest_role=busiest,
        busiest_busy=own.get(busiest, 0.0) / measured if measured else 0.0,
        verdict=found.verdict,
        checked=dict(found.checked),
    )
    limit = host_limited(record)
    warnings = [*_warnings(found, record), *filter(None, [limit.reason])]
    if trend is not None and not trend.stable:
        warnings.append(trend.words)
    return replace(record, host_limited=limit.limited, warnings=warnings)


def _accepted(found: Found, measured: float) -> int:
    if not found.scheduled:
        # A backlog was accepted before. What counts is what was left of it when the warm-up was over.
        return sum(task.finished_s is None or task.finished_s >= 0 for task in found.tasks)
    return sum(
        request.tasks
        for request in found.requests
        if request.answer == Answer.ACKNOWLEDGED and 0 <= request.intended_s < measured
    )


def _rate(planned: PlannedTrial) -> float | None:
    load = planned.point.load
    if load.steps:
        return sum(rate * seconds for rate, seconds in load.steps) / load.measured
    return planned.point.rate


def _workers_together(cpu: dict[str, float]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for role, seconds in cpu.items():
        name = "workers" if role.startswith(WORKERS) else role
        sums[name] = sums.get(name, 0.0) + seconds
    return sums


def _one_worker(pss_mb: dict[str, float]) -> dict[str, float]:
    workers = [held for role, held in pss_mb.items() if role.startswith(WORKERS)]
    others = {role: held for role, held in pss_mb.items() if not role.startswith(WORKERS)}
    return others | ({"worker": sum(workers) / len(workers)} if workers else {})


def _warnings(found: Found, record: TrialRecord) -> Iterator[str]:
    if record.measured_s < SHORTEST_S:
        yield f"measured {record.measured_s:.1f} s; under {SHORTEST_S:g} s a number says little"
    if found.window.doubt:
        yield found.window.doubt
    if record.missed:
        yield f"{record.missed:,} arrivals were never sent: all senders were busy"
