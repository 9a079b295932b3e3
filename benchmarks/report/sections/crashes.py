"""10: what became of the tasks when workers were killed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median

from benchmarks.analysis import latency
from benchmarks.records import FaultRecord, TrialRecord
from benchmarks.report.blocks import Block, Plot, Table, Text
from benchmarks.report.checked import counted
from benchmarks.report.evidence import Evidence
from benchmarks.report.numbers import NONE, many, plain, short
from benchmarks.report.plots.lanes import lanes
from benchmarks.report.plots.recovery import recovery
from benchmarks.report.takeovers import redone, takeovers

ABOUT = (
    "Seconds from the kill until each task in hand was free again, and until another worker took it. In hand before: "
    "how long the dead had had them, all tasks together; so much work at most was done twice."
)
LEAD_S, TRAIL_S = 1.0, 1.5  # shown before the kill, and after the lease's end
COUNTS = ("acknowledged", "lost", "duplicated, explained", "duplicated, unexplained", "late finishes refused")
HEADS = ("point", "#kills", "#other faults", *(f"#{name}" for name in COUNTS))


def crashes(evidence: Evidence) -> Iterator[Block]:
    """Show losses, duplicates and takeovers by point, one kill in the workers' lanes, and the dip in throughput."""
    if not evidence.faults:
        return
    rows = [(point, *_counts(evidence, repeats)) for point, repeats in evidence.points.items()]
    yield Table("Tasks under faults, all trials of a point together", HEADS, rows)
    kills = [fault for fault in evidence.faults if fault.kind == "kill"]
    if lines := [line for point, repeats in evidence.points.items() for line in _takeovers(evidence, point, repeats)]:
        yield Text(ABOUT)
        columns = ("point", "#lease, s", "until", "#tasks", "#median", "#p99", "#longest", "#in hand before, s")
        yield Table("Takeover of what killed workers had in hand", columns, lines)
    if shown := _shown(evidence):
        yield _lanes(evidence, *shown)
    if kills and evidence.tasks:
        yield _recovery(evidence, shown[0].point if shown else next(iter(evidence.points)))


def _counts(evidence: Evidence, repeats: Sequence[TrialRecord]) -> Iterator[str]:
    faults = evidence.of(evidence.faults, repeats)
    kills = sum(fault.kind == "kill" for fault in faults)
    yield from (f"{kills:,}", f"{len(faults) - kills:,}")
    yield from (counted(repeats, name) for name in COUNTS)


def _takeovers(evidence: Evidence, point: str, repeats: Sequence[TrialRecord]) -> list[tuple[str, ...]]:
    attempts, faults = evidence.of(evidence.attempts, repeats), evidence.of(evidence.faults, repeats)
    found = takeovers(attempts, faults)
    again = redone(attempts, faults)
    lines = (
        ("free again", [one.free_s for one in found if one.free_s is not None], NONE),
        ("in another's hands", [one.again_s for one in found], plain(again)),
    )
    lease = short(repeats[0].lease_seconds)
    return [
        (point, lease, until, f"{len(seconds):,}", plain(median(seconds)), _p99(seconds), plain(max(seconds)), work)
        for until, seconds, work in lines
        if seconds
    ]


def _p99(seconds: list[float]) -> str:
    return plain(latency.summary(seconds).p99) if len(seconds) >= 100 else NONE  # noqa: PLR2004 (one in a hundred)


def _shown(evidence: Evidence) -> tuple[TrialRecord, FaultRecord] | None:
    """Choose the kill with the most tasks in hand."""
    hit = Counter((one.trial, one.worker) for one in takeovers(evidence.attempts, evidence.faults))
    trials = {trial.trial: trial for trial in evidence.trials}
    kills = [fault for fault in evidence.faults if fault.kind == "kill" and fault.trial in trials]
    best = max(kills, key=lambda kill: hit[kill.trial, kill.target], default=None)
    return (trials[best.trial], best) if best is not None and hit[best.trial, best.target] else None


def _recovery(evidence: Evidence, point: str) -> Plot:
    repeats = evidence.points[point]
    kills = [fault for fault in evidence.of(evidence.faults, repeats) if fault.kind == "kill"]
    words = (
        f"{point}: tasks done a second around {many(len(kills), 'kill')}, all laid over one another; zero is the kill."
    )
    return Plot("recovery", "Throughput around a kill", words, recovery(evidence.of(evidence.tasks, repeats), kills))


def _lanes(evidence: Evidence, trial: TrialRecord, kill: FaultRecord) -> Plot:
    attempts, faults = evidence.of(evidence.attempts, [trial]), evidence.of(evidence.faults, [trial])
    found = takeovers(attempts, [kill])
    words = (
        f"{trial.point}, trial {trial.trial}: {kill.target} is killed at {kill.at_s:.2f} s with "
        f"{many(len(found), 'task')} in hand; the last of them is in another worker's hands "
        f"{plain(max(one.again_s for one in found))} s later. The lease lasts {short(trial.lease_seconds)} s."
    )
    end = kill.at_s + trial.lease_seconds + TRAIL_S
    picture = lanes(attempts, faults, begin_s=kill.at_s - LEAD_S, end_s=end)
    return Plot("lanes", "One kill, worker by worker", words, picture)
