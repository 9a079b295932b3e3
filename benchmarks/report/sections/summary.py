"""1: the question, the answer, and whether to believe it."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.report.answers import answer, figures, question
from benchmarks.report.blocks import Block, Figures, Status, Text
from benchmarks.report.evidence import Evidence
from benchmarks.report.gates import Gate, gates, worst


def summary(evidence: Evidence) -> Iterator[Block]:
    """Say the three in words."""
    yield Text(question(evidence), strong="Question")
    yield Text(answer(evidence), strong="Answer")
    found = gates(evidence)
    doubts = [f"{gate.name} ({gate.found})" for gate in found if gate.status is not Status.PASS]
    yield Text(f"{verdict(found)}{': ' + '; '.join(doubts) if doubts else ''}.", strong="Verdict")
    yield Figures(figures(evidence))


def verdict(found: list[Gate]) -> str:
    """Say it in one line."""
    if not found:
        return "no gates here: only ratios within this run count"
    failed, warned = (sum(gate.status is status for gate in found) for status in (Status.FAIL, Status.WARN))
    if worst(found) is Status.PASS:
        return f"valid, all {len(found)} gates passed"
    if failed:
        return f"invalid, {failed} of {len(found)} gates failed"
    return f"valid with care, {warned} of {len(found)} gates warn"
