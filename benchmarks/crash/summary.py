"""The figures of one soak, out of its records: what its report tells, and what another program may read."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.checker import FaultKind, History, Outcome, Report, Takeover
from benchmarks.engine.gather import accepted_twice
from benchmarks.engine.judging import counts, verdict

WORKERS = ("worker (supervised)", "worker (remote)")


def summarise(history: History, report: Report, run: dict[str, Any]) -> dict[str, Any]:
    """Return the figures as plain data; durations are seconds."""
    course, minutes = run["course"], run["course"]["seconds"] / 60
    twice = accepted_twice(history)
    judged = verdict(report, twice, course["trouble"])
    doubts = [f"accepted twice: {len(twice)}"] if twice else []
    doubts += [f"ended early, {course['trouble']}"] if course["trouble"] else []
    return {
        "verdict": str(judged),
        "because": [*report.because, *doubts],
        "exit_code": judged.exit_code,
        "command": run["command"],
        "trial": run["trial"],
        "environment": run["environment"],
        "minutes": minutes,
        "drain_seconds": course["drain_seconds"],
        "accepted_per_minute": report.acknowledged / minutes,
        "worker_kills_per_minute": len(_worker_kills(history)) / minutes,
        "tasks": counts(report, twice),
        "answers": dict(Counter(str(operation.answer) for operation in history.operations)),
        "causes_of_duplicates": {str(cause): count for cause, count in report.causes.most_common()},
        "faults": _faults(history),
        "missed_faults": course["missed"],
        "worker_kills": len(_worker_kills(history)),
        "worker_kills_with_tasks_in_hand": _kills_that_hit(history),
        "takeovers": _takeovers(report.takeovers),
        "kills": report.kills,
        "bound": report.bound,
        "ends_by_type": course["ends_by_type"],
        "events": course["events"],
    }


def percentiles(seconds: Iterable[float]) -> dict[str, float]:
    """Return count, median, 99th percentile and the longest."""
    values = sorted(seconds)
    if not values:
        return {"count": 0}
    cuts = statistics.quantiles(values, n=100, method="inclusive") if len(values) > 1 else values * 99
    return {"count": len(values), "p50": cuts[49], "p99": cuts[98], "max": values[-1]}


def part_of(target: str) -> str:
    """Return which part of the system a fault hit."""
    name = target.partition("-")[0]
    return {"worker": WORKERS[0], "remote": WORKERS[1]}.get(name, name)


def _takeovers(takeovers: Sequence[Takeover]) -> list[dict[str, Any]]:
    """Tell by whose worker it was how soon tasks were free and how soon they ran, where nothing else was broken."""
    rows: list[dict[str, Any]] = []
    for of in WORKERS:
        mine = [one for one in takeovers if part_of(one.worker or "") == of]
        clear = [one for one in mine if not one.excused]
        rows.append(
            {
                "of": of,
                "count": len(mine),
                "free": percentiles(one.free_seconds for one in clear),
                "runs": percentiles(one.seconds for one in clear),
            }
        )
    return rows


def _faults(history: History) -> list[dict[str, Any]]:
    counts: Counter[tuple[str, str]] = Counter()
    seconds: Counter[tuple[str, str]] = Counter()
    for fault in history.faults:
        what = str(fault.kind), part_of(fault.target)
        counts[what] += 1
        seconds[what] += fault.until - fault.at
    return [
        {"kind": kind, "of": of, "count": count, "mean_seconds": seconds[kind, of] / count / 1000}
        for (kind, of), count in sorted(counts.items())
    ]


def _worker_kills(history: History) -> set[str]:
    kills = (fault for fault in history.faults if fault.kind is FaultKind.KILL)
    return {fault.target for fault in kills if part_of(fault.target) in WORKERS}


def _kills_that_hit(history: History) -> int:
    cut_short = {run.worker for run in history.runs if run.outcome in (None, Outcome.EXPIRED)}
    return len(_worker_kills(history) & cut_short)
