"""5: whether the numbers may be believed."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.report.blocks import Block, Bullets, Table
from benchmarks.report.evidence import Evidence
from benchmarks.report.gates import gates


def validity(evidence: Evidence) -> Iterator[Block]:
    """Show every gate with its number, and what the engine itself warned of."""
    rows = [(gate.name, gate.status, gate.found, gate.asked) for gate in gates(evidence)]
    yield Table("Gates of validity", ("gate", "result", "found", "asked"), rows)
    if warned := [
        (f"The engine warned at {point}", words) for point in evidence.points if (words := _words(evidence, point))
    ]:
        yield Bullets(warned)


def _words(evidence: Evidence, point: str) -> str:
    return "; ".join(dict.fromkeys(warning for trial in evidence.points[point] for warning in trial.warnings))
