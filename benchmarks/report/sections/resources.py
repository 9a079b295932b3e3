"""9: what a task costs, by role."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from benchmarks.records import TrialRecord
from benchmarks.report.blocks import Block, Plot, Table
from benchmarks.report.evidence import Evidence
from benchmarks.report.numbers import NONE, percent, plain
from benchmarks.report.plots.cpu import HOST, cpu


def resources(evidence: Evidence) -> Iterator[Block]:
    """Show processor time a task, memory, Redis commands a task, and how busy the machine was."""
    if roles := _roles(evidence.trials, "cpu_ms_per_task"):
        yield Plot("cpu", "Processor time a task, by role", f"{_words(evidence, roles)}.", cpu(evidence.in_order))
        yield _table(evidence, "cpu_ms_per_task", roles, "Processor time a task in milliseconds, median of the trials")
    if roles := _roles(evidence.trials, "pss_mb"):
        yield _table(evidence, "pss_mb", roles, "Memory by role in MB, shared pages in proportion; of one worker")
    if evidence.trials and any(trial.host_busy for trial in evidence.trials):
        columns = ("point", "#all cores busy", "busiest single-threaded role", "#of one core", "#Redis commands a task")
        rows = [(point, *_busy(repeats)) for point, repeats in evidence.points.items()]
        yield Table("How busy the machine was, median of the trials", columns, rows)


def _roles(trials: list[TrialRecord], figure: str) -> list[str]:
    return sorted({role for trial in trials for role in getattr(trial, figure)} - {HOST})


def _table(evidence: Evidence, figure: str, roles: list[str], caption: str) -> Table:
    rows = [
        (point, *(_middle([getattr(trial, figure).get(role) for trial in repeats]) for role in roles))
        for point, repeats in evidence.points.items()
    ]
    return Table(caption, ("point", *(f"#{role}" for role in roles)), rows)


def _middle(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    return plain(median(known)) if known else NONE


def _busy(repeats: list[TrialRecord]) -> tuple[str, ...]:
    middle = sorted(repeats, key=lambda trial: trial.busiest_busy)[len(repeats) // 2]
    return (
        percent(median(trial.host_busy for trial in repeats)),
        middle.busiest_role or NONE,
        percent(middle.busiest_busy) if middle.busiest_role else NONE,
        _middle([trial.redis_commands_per_task for trial in repeats]),
    )


def _words(evidence: Evidence, roles: list[str]) -> str:
    sums = {
        point: median(sum(trial.cpu_ms_per_task.get(role, 0.0) for role in roles) for trial in repeats)
        for point, repeats in evidence.points.items()
    }
    return "Sum of all roles: " + "; ".join(f"{point} {plain(each)} ms" for point, each in sums.items())
