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
    warnings = {warning: trial.point for trial in reversed(evidence.trials) for warning in trial.warnings}
    if warnings:
        yield Bullets([(f"Warned at {point}", warning) for warning, point in sorted(warnings.items())])
