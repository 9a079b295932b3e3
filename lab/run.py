"""What a run left: pandas frames with the columns of the benchmark engine's records, and the checker's report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, replace
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from benchmarks.checker import Report
from benchmarks.records import Record, TrialRecord

if TYPE_CHECKING:
    from benchmarks.analysis.usl import Usl

GOOD, BAD, OPEN = "#009e73", "#d55e00", "#595959"
COLOURS = {"valid": GOOD, "invalid": BAD, "unknown": OPEN}
MARKS = {"valid": "✓", "invalid": "✗", "unknown": "?"}

LINES: tuple[tuple[str, Callable[[Report], Any], str], ...] = (
    ("accepted", lambda report: report.acknowledged, "tasks of which the client was told: accepted"),
    ("done", lambda report: report.ok, "came to an end that was recorded"),
    ("lost", lambda report: report.lost, "accepted, and never came to an end"),
    ("killed", lambda report: report.kills, "processes ended by <code>kill -9</code>"),
    ("taken over", lambda report: report.takeovers, "tasks of dead workers that another worker ran"),
    ("run twice, explained", lambda report: report.duplicated_explained, "a kill or a lease's end accounts for it"),
    ("run twice, unexplained", lambda report: report.duplicated_unexplained, "nothing accounts for it"),
    ("late finishes refused", lambda report: report.refused_late, "workers that came back too late"),
    ("unexpected", lambda report: report.unexpected, "ran though nobody submitted it"),
    ("left in Redis", lambda report: report.left_in_redis, "still there when all was at rest"),
)
"""What the verdict's table tells, in the words of the lessons."""
ALWAYS = {"accepted", "done", "lost"}


def len_of(found: Any) -> int:
    """Return a count, or how many there are."""
    return found if isinstance(found, int) else len(found)


def frame(kind: type[Record], records: Iterable[Record]) -> pd.DataFrame:
    """Return records as a frame; its columns are there also where no record is."""
    names = [one.name for one in fields(kind)]
    return pd.DataFrame([[getattr(record, name) for name in names] for record in records], columns=names)


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of one system. Times called `…_s` are seconds since its first submit."""

    name: str
    trial: TrialRecord
    tasks: pd.DataFrame
    attempts: pd.DataFrame
    requests: pd.DataFrame
    faults: pd.DataFrame
    accepted: tuple[str, ...] = ()
    """Ids that the client was told to be accepted."""
    samples: pd.DataFrame = field(default_factory=pd.DataFrame)
    """CPU, memory and depth over time, where the engine made the run."""
    report: Report | None = None
    """The checker's; None where the run was made by the engine, whose trial has the counts."""

    @property
    def verdict(self) -> str:
        """The checker's: valid, invalid, unknown."""
        return self.trial.verdict

    @property
    def lost(self) -> tuple[str, ...]:
        """Ids that were accepted and never came to an end."""
        return self.report.lost if self.report else ()

    def called(self, name: str) -> Run:
        """Return the run under another name, as a plot shall call it."""
        return replace(self, name=name)

    def _repr_html_(self) -> str:
        """Show the verdict as a small table."""
        head = (
            f"<p style='font-size:1.3em;margin:0'><b style='color:{COLOURS[self.verdict]}'>"
            f"{MARKS[self.verdict]} {self.verdict}</b>: {escape(self.name)}</p>"
        )
        if self.report is None:
            return head
        lines = [(what, len_of(count(self.report)), why) for what, count, why in LINES]
        lines = [line for line in lines if line[1] or line[0] in ALWAYS]
        cells = "".join(
            f"<tr><td style='text-align:left'>{what}</td><td><b>{count:,}</b></td>"
            f"<td style='text-align:left'>{why}</td></tr>"
            for what, count, why in lines
        )
        return f"{head}<table style='font-size:1.05em'>{cells}</table>"


@dataclass(frozen=True, kw_only=True)
class Runs:
    """Several runs side by side, as of a sweep."""

    trials: pd.DataFrame
    """One line a trial."""
    runs: tuple[Run, ...]

    def usl(self) -> Usl:
        """Fit the Universal Scalability Law to all trials; it takes four different numbers of workers."""
        from benchmarks.analysis.usl import fit  # noqa: PLC0415 (SciPy, two seconds that only this needs)

        return fit(list(self.trials["workers"]), list(self.trials["throughput"]), seed=1)

    def __getitem__(self, number: int) -> Run:
        """Return one run by the order in which they ran."""
        return self.runs[number]

    def __len__(self) -> int:
        """Count the runs."""
        return len(self.runs)

    def __add__(self, more: Runs) -> Runs:
        """Put the trials of two sweeps side by side."""
        return Runs(trials=pd.concat([self.trials, more.trials], ignore_index=True), runs=self.runs + more.runs)

    def _repr_html_(self) -> str:
        """Show what was measured, a line a trial."""
        shown = self.trials[["point", "repeat", "workers", "done", "measured_s", "throughput", "verdict"]]
        return str(shown.sort_values(["workers", "repeat"]).round(2).to_html(index=False))
