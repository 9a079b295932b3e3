"""8: how trials went over time."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.records import FaultRecord, SampleRecord, TrialRecord
from benchmarks.report.blocks import Block, Plot, Text
from benchmarks.report.evidence import Evidence
from benchmarks.report.numbers import many, plain, short
from benchmarks.report.plots.timeline import PANELS, timeline

MOST_PLOTS = 3
SHOWN = {*PANELS, "accepted", "ended"}


def course(evidence: Evidence) -> Iterator[Block]:
    """Show the typical trial of the points with faults, or of the last points."""
    sampled = [sample for sample in evidence.samples if sample.what in SHOWN]
    with_samples = {sample.trial for sample in sampled}
    typical = [
        evidence.typical(some)
        for repeats in evidence.points.values()
        if (some := [trial for trial in repeats if trial.trial in with_samples])
    ]
    broken = {fault.trial for fault in evidence.faults}
    chosen = [trial for trial in typical if trial.trial in broken] or typical
    if not chosen:
        return
    if len(evidence.trials) > len(chosen[-MOST_PLOTS:]):
        yield Text(
            "Of each point shown, the trial whose throughput lies nearest to the median. Zero is the warm-up's end."
        )
    for trial in chosen[-MOST_PLOTS:]:
        yield _plot(trial, evidence.of(sampled, [trial]), evidence.of(evidence.faults, [trial]))


def _plot(trial: TrialRecord, samples: list[SampleRecord], faults: list[FaultRecord]) -> Plot:
    words = [f"Measured for {plain(trial.measured_s)} s, then drained for {plain(trial.drain_s)} s"]
    for what, role, name in (
        ("depth", "ready", "tasks waiting"),
        ("oldest_age_s", "queue", "seconds the oldest task had waited"),
    ):
        values = [sample.value for sample in samples if (sample.what, sample.role) == (what, role)]
        if values:
            words.append(f"{name}: at most {short(max(values))}, at the end {short(values[-1])}")
    words.append(f"{many(len(faults), 'fault')} marked" if faults else "nothing was broken")
    return Plot(
        f"timeline-{trial.trial}",
        f"Over time: {trial.point}, trial {trial.trial}",
        f"{'; '.join(words)}.",
        timeline(samples, faults),
    )
