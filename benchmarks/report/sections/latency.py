"""7: how long clients and tasks waited, and what a client that waits for answers would have believed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.analysis import latency as of
from benchmarks.records import TaskRecord, TrialRecord
from benchmarks.report.blocks import Block, Plot, Table, Text
from benchmarks.report.evidence import OPEN, Evidence
from benchmarks.report.numbers import NONE, milliseconds
from benchmarks.report.plots.spectrum import spectrum

MOST_PLOTS = 3
NAIVE, CORRECTED = "submit, naive", "submit, corrected"
END_TO_END = "end to end"
ABOUT = (
    "Submit is the client's call; naive counts from when it was sent, corrected from when the schedule wanted it sent. "
    "Wait lasts from acceptance until the recorded start, run from there to the recorded end; of a task that was taken "
    "over, the record has the last start. End to end is from the intended submit to the recorded end. A percentile is "
    "given only where enough values lie beyond it to have one."
)


def latency(evidence: Evidence) -> Iterator[Block]:
    """Show percentiles of every part of a task's way, and the spectrum of some points."""
    found = {point: series for point, repeats in evidence.points.items() if (series := _series(evidence, repeats))}
    if not found:
        return
    yield Text(ABOUT)
    if any(trial.arrivals not in OPEN for trial in evidence.trials):
        yield Text("In a backlog a task's wait is the backlog's length and no property of the system: it is not shown.")
    rows = [(point, kind, *_cuts(seconds)) for point, series in found.items() for kind, seconds in series.items()]
    columns = ("point", "what", "#count", "#p50", "#p90", "#p99", "#p99.9", "#longest")
    yield Table("Latency in milliseconds, all trials of a point together", columns, rows)
    for point in _shown([point for point, series in found.items() if len(series) > 1]):
        yield _plot(evidence, point, found[point])


def measured(tasks: Sequence[TaskRecord], trials: Sequence[TrialRecord]) -> list[TaskRecord]:
    """Return the tasks that were meant to come in the measured part; of a backlog, those that ended in it."""
    lengths = {trial.trial: trial.measured_s for trial in trials}
    backlogs = {trial.trial for trial in trials if trial.arrivals not in OPEN}

    def belongs(task: TaskRecord) -> bool:
        at = task.accepted_s if task.intended_s is None else task.intended_s
        if task.trial in backlogs:
            at = -1.0 if task.finished_s is None else task.finished_s
        return 0 <= at <= lengths.get(task.trial, -1)

    return [task for task in tasks if belongs(task)]


def _series(evidence: Evidence, trials: Sequence[TrialRecord]) -> dict[str, list[float]]:
    scheduled = [trial for trial in trials if trial.arrivals in OPEN]
    requests = [one for one in evidence.of(evidence.requests, scheduled) if one.intended_s >= 0]
    tasks = measured(evidence.of(evidence.tasks, scheduled), scheduled)
    every = measured(evidence.of(evidence.tasks, trials), trials)
    found = {
        NAIVE: of.naive(requests),
        CORRECTED: of.corrected(requests),
        "wait": of.wait(tasks),
        "run": of.run(every),
        END_TO_END: of.end_to_end(tasks),
    }
    return {name: seconds for name, seconds in found.items() if seconds}


def _cuts(seconds: Sequence[float]) -> Iterator[str]:
    found = of.summary(seconds)
    yield f"{found.count:,}"
    for value, least in ((found.p50, 2), (found.p90, 10), (found.p99, 100), (found.p999, 1_000)):
        yield milliseconds(value) if found.count >= least else NONE
    yield milliseconds(found.longest)


def _shown(points: list[str]) -> list[str]:
    if len(points) <= MOST_PLOTS:
        return points
    return [points[0], points[len(points) // 2], points[-1]]


def _plot(evidence: Evidence, point: str, series: dict[str, list[float]]) -> Plot:
    words = f"{point}: " + "; ".join(
        f"{name} p50 {milliseconds(cut.p50)} ms, p99 {milliseconds(cut.p99)} ms, longest {milliseconds(cut.longest)} ms"
        for name, seconds in series.items()
        for cut in (of.summary(seconds),)
    )
    number = list(evidence.points).index(point)
    return Plot(f"spectrum-{number}", f"Latency by percentile at {point}", f"{words}.", spectrum(series))
