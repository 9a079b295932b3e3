"""11: what has changed against another run."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.analysis.compare import compare
from benchmarks.report.blocks import Block, Table, Text
from benchmarks.report.differences import COLUMNS, rows, status, words
from benchmarks.report.evidence import Evidence


def against(evidence: Evidence, baseline: Evidence | None) -> Iterator[Block]:
    """Show the difference of every point both runs have, its interval, and what counts as noise."""
    if baseline is None:
        return
    found = compare(baseline.folder, evidence.folder, seed=evidence.seed)
    gate = status(found)
    yield Text(f"{gate.sign} {gate}: {words(found)}.", strong="Gate")
    yield Table(f"Against {baseline.title}, commit {baseline.commit or 'unknown'}", COLUMNS, rows(found))
