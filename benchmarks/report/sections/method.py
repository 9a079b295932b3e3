"""4: what was done, and what of it was counted."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.records import TrialRecord
from benchmarks.report.blocks import Block, Bullets, Table
from benchmarks.report.evidence import OPEN, Evidence
from benchmarks.report.numbers import many, short

SETUP = {
    "phase": "phase",
    "queue": "queue",
    "database": "database",
    "accept": "accepted by",
    "workers": "#workers",
    "concurrency": "#tasks a worker runs at once",
    "lease_seconds": "#lease, s",
    "mix": "tasks",
    "arrivals": "arrivals",
    "rate": "#rate, 1/s",
}


def method(evidence: Evidence) -> Iterator[Block]:
    """Tell the course of a trial, what all had in common, and what differed."""
    firsts = {point: repeats[0] for point, repeats in evidence.points.items()}
    different = [name for name in SETUP if len({getattr(trial, name) for trial in firsts.values()}) > 1]
    common = [name for name in SETUP if name not in different and getattr(evidence.trials[0], name) is not None]
    yield Bullets(
        [
            (
                "A trial",
                "a fresh system, warmed up, loaded, drained, and judged by the checker, which reads every task.",
            ),
            ("Load", _load(evidence)),
            ("Done", "means that a task's end was recorded in SQL; an answer to the client alone counts for nothing."),
            ("Spread", _spread(evidence)),
        ]
    )
    shared = [(SETUP[name].lstrip("#"), _value(evidence.trials[0], name)) for name in common]
    yield Table("The same in all trials", ("what", "value"), shared)
    if len(different) > 1:
        rows = [
            (point, *(_value(trial, name) for name in different), str(len(evidence.points[point])))
            for point, trial in firsts.items()
        ]
        yield Table("The points, and what differs between them", ("point", *map(SETUP.get, different), "#trials"), rows)  # type: ignore[arg-type]


def _value(trial: TrialRecord, name: str) -> str:
    value = getattr(trial, name)
    return short(value) if isinstance(value, float) or value is None else str(value)


def _load(evidence: Evidence) -> str:
    kinds = {trial.arrivals for trial in evidence.trials}
    words = []
    if kinds & OPEN:
        words.append(
            "arrivals are scheduled and wait for no answer (an open loop); latency counts from the time the schedule "
            "intended, so a stalled server can't hide the tasks it kept waiting."
        )
    if kinds - OPEN:
        words.append("a backlog is submitted first and then drained, so throughput is what the workers can do.")
    return " ".join(words)


def _spread(evidence: Evidence) -> str:
    repeats = [len(trials) for trials in evidence.points.values()]
    controls = sum(trial.control for trial in evidence.all_trials)
    words = f"{many(len(repeats), 'point')}, {min(repeats)}"
    words += f" to {max(repeats)}" if max(repeats) > min(repeats) else ""
    words += " trials each, in random order; intervals are 95 % bootstrap intervals of the median."
    if min(repeats) == max(repeats) == 1:
        words = f"{many(len(repeats), 'point')}, run once each: nothing is known of the spread."
    if controls:
        words += (
            f" {many(controls, 'control trial')} repeat a point unchanged (A/A) and show how far equal runs lie apart."
        )
    return words
