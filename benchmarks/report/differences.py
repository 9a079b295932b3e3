"""The differences of two runs as rows of a table, for a terminal and for a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from benchmarks.analysis.compare import Change, Comparison, Point
from benchmarks.report.blocks import Cell, Status
from benchmarks.report.numbers import NONE, many, percent, plain

COLUMNS = ("point", "figure", "#before", "#after", "#change", "95 % interval", "#noise", "result", "why")
NOUNS = {
    Change.REGRESSION: ("regression", "regressions"),
    Change.IMPROVEMENT: ("improvement", "improvements"),
    Change.NOISE: ("within noise", "within noise"),
    Change.INCOMPARABLE: ("not comparable", "not comparable"),
}
GATE = {Change.REGRESSION: Status.FAIL, Change.INCOMPARABLE: Status.WARN}


def rows(found: Comparison) -> list[tuple[Cell, ...]]:
    """Return a row for each figure of each point; a change is a share of the earlier value."""
    return [
        (
            each.point,
            f"{each.metric}, {each.unit}",
            plain(each.before),
            plain(each.after),
            *_change(each),
            NONE if each.noise is None else f"±{percent(each.noise)}",
            GATE.get(each.verdict, Status.PASS),
            f"{each.verdict}: {each.reason}",
        )
        for each in found.points
    ]


def reasons(found: Comparison) -> list[str]:
    """Say why of each figure that is not just noise."""
    return [f"{p.point}, {p.metric}: {p.verdict}, {p.reason}" for p in found.points if p.verdict is not Change.NOISE]


def words(found: Comparison) -> str:
    """Say what came of it in one line."""
    counts = Counter(each.verdict for each in found.points)
    parts = [many(counts[change], *NOUNS[change]) for change in Change if counts[change]]
    return f"{', '.join(parts) or 'no point in common'} (of {many(len(found.points), 'figure')})"


def status(found: Comparison) -> Status:
    """Return how the gate came out."""
    return {0: Status.PASS, 1: Status.FAIL, 2: Status.WARN}[found.exit_code]


def _change(each: Point) -> Iterator[str]:
    if each.ratio is None:
        yield from (NONE, NONE)
        return
    yield _signed(each.ratio.middle)
    low, high = each.ratio.low, each.ratio.high
    yield NONE if low is None or high is None else f"{_signed(low)} to {_signed(high)}"


def _signed(ratio: float) -> str:
    return f"{(ratio - 1) * 100:+.1f}\N{NO-BREAK SPACE}%"
