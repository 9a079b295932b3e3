"""A report as a table, for a terminal and for a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:  # a report can render itself
    from benchmarks.checker.report import Report

EXAMPLES = 3
WIDTH = 100


def plain(report: Report) -> str:
    """Render a report as plain text."""
    lines = StringIO()
    Console(file=lines, width=WIDTH, color_system=None).print(table(report))
    return lines.getvalue().rstrip()


def table(report: Report) -> Table:
    """Render a report for a terminal."""
    result = Table(
        "", "count", "what it means", title=f"verdict: {report.verdict}", caption="; ".join(report.because) or None
    )
    result.columns[1].justify = "right"
    for name, count, meaning in _rows(report):
        result.add_row(name, count, meaning)
    return result


def _rows(report: Report) -> Iterator[tuple[str, str, str]]:
    yield "attempted", str(report.attempted), "tasks that clients tried to submit"
    yield "acknowledged", str(report.acknowledged), "a client was told: accepted"
    yield "ok", str(report.ok), "came to an end"
    yield _row("lost", report.lost, "acknowledged, never came to an end")
    yield _row("unexpected", report.unexpected, "ran though never attempted, or refused")
    yield _row("recovered", report.recovered, "came to an end, the client had no answer", examples=False)
    causes = ", ".join(f"{cause} {count}" for cause, count in report.causes.most_common())
    yield "duplicated, explained", str(len(report.duplicated_explained)), causes or "ran again after a fault"
    unexplained = [duplicate.task_id for duplicate in report.duplicated_unexplained]
    yield _row("duplicated, unexplained", unexplained, "ran again, and nothing accounts for it")
    yield "refused late finishes", str(report.refused_late), "workers that came back too late"
    yield _row("several terminal states", report.several_terminal_states, "ended more than once")
    yield _row("result under an old token", report.result_under_old_token, "ended by a worker that had lost its lease")
    yield _row("left in Redis", report.left_in_redis, "still there after the drain")
    yield "taken over", str(len(report.takeovers)), _takeover(report)
    yield _row("taken over late", report.late_takeovers, "later than lease + 1 s, and nothing else was broken")
    yield "kills", str(report.kills), _bound(report)


def _row(name: str, ids: Sequence[str], meaning: str, *, examples: bool = True) -> tuple[str, str, str]:
    if ids and examples:
        meaning += ": " + ", ".join(ids[:EXAMPLES]) + (", …" if len(ids) > EXAMPLES else "")
    return name, str(len(ids)), meaning


def _takeover(report: Report) -> str:
    seconds = report.takeover_seconds
    if not seconds:
        return "tasks of dead workers that ran on elsewhere"
    return f"tasks of dead workers; median {seconds[len(seconds) // 2]:.2f} s, longest {seconds[-1]:.2f} s"


def _bound(report: Report) -> str:
    if report.bound is None:
        return "processes killed"
    return f"processes killed; a kill loses a task with p < {report.bound:.2g} (95 %)"
