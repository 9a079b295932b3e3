"""What a run of many trials is at: which trial, what of it, how long still; and the table of all at the end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.box import SIMPLE
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from benchmarks.engine.points import PlannedTrial
from benchmarks.engine.scenario import Scenario
from benchmarks.records import TrialRecord

LINE_SECONDS = 10.0  # between two lines where there is no terminal


class Course:
    """Shows a bar on a terminal, and elsewhere a line a trial."""

    def __init__(self, console: Console, scenario: Scenario, trials: int) -> None:
        self._console = console
        self._scenario = scenario
        self._trials = trials
        self._begun = time.monotonic()
        self._done = 0
        self._now = ""
        self._next_line = 0.0
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("{task.fields[left]}  {task.fields[doing]}"),
        )
        self._bar = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._bar.add_task(scenario.name, total=trials, left="", doing="")

    def begin(self, trial: PlannedTrial) -> None:
        """Show that a trial begins."""
        self._next_line = time.monotonic() + LINE_SECONDS
        again = ", once more (A/A)" if trial.control else ""
        self._now = f"{trial.point.name}, repeat {trial.repeat + 1}{again}"
        self._bar.update(self._task, left=self._left())
        if not self._console.is_terminal:
            where = f"{self._scenario.name}  trial {self._done + 1} of {self._trials}  {self._now}  {self._left()}"
            self._console.print(where, highlight=False, soft_wrap=True)

    def tell(self, doing: str) -> None:
        """Show what the trial is at."""
        self._bar.update(self._task, doing=f"{self._now}: {doing}", left=self._left())
        if not self._console.is_terminal and time.monotonic() >= self._next_line:
            self._next_line = time.monotonic() + LINE_SECONDS
            self._console.print(f"  {self._now}: {doing}  {self._left()}", highlight=False, soft_wrap=True)

    def end(self, record: TrialRecord) -> None:
        """Show that a trial is over, and what came of it."""
        self._done += 1
        self._bar.update(self._task, completed=self._done, doing="", left="")
        came = f"{record.throughput:,.0f} tasks/s over {record.measured_s:.1f} s, {record.verdict}"
        self._console.print(f"  {self._now}: {came}", highlight=False, soft_wrap=True)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def _left(self) -> str:
        passed = time.monotonic() - self._begun
        whole = passed / self._done * self._trials if self._done else self._scenario.seconds
        minutes, seconds = divmod(max(0, round(whole - passed)), 60)
        return f"about {minutes}:{seconds:02} left"


def table(trials: Sequence[TrialRecord]) -> Table:
    """Return all trials, sorted by point, as a table for a terminal."""
    result = Table("point", "repeat", "measured", "done", "tasks/s", "host", "lost", "verdict", box=SIMPLE)
    for column in result.columns[1:-1]:
        column.justify = "right"
    for trial in sorted(trials, key=lambda trial: (trial.workers, trial.point, trial.control, trial.repeat)):
        result.add_row(
            trial.point,
            f"{trial.repeat + 1}{' A/A' if trial.control else ''}",
            f"{trial.measured_s:.1f} s",
            f"{trial.done:,}",
            f"{trial.throughput:,.0f}",
            f"{trial.host_busy:.0%}",
            f"{trial.checked.get('lost', 0):,}",
            trial.verdict,
        )
    return result


def warnings(trials: Sequence[TrialRecord]) -> list[str]:
    """Return what makes trials doubtful, a line each."""
    return [
        f"{trial.point}, repeat {trial.repeat + 1}: {'; '.join(trial.warnings)}" for trial in trials if trial.warnings
    ]
