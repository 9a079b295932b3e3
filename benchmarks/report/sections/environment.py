"""3: what the run was made on, and what else the machine did."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.report.blocks import Block, Table
from benchmarks.report.evidence import Evidence


def environment(evidence: Evidence) -> Iterator[Block]:
    """Show versions, cores, date, and the load before and after."""
    facts = {str(name): value for name, value in evidence.run.get("environment", {}).items()}
    facts |= {
        when.replace("_", " "): evidence.run[when] for when in ("load_before", "load_after") if when in evidence.run
    }
    if facts:
        rows = [(name, _words(value)) for name, value in facts.items()]
        yield Table(
            "The machine and the versions; load: runnable processes, means of 1, 5 and 15 minutes",
            ("what", "value"),
            rows,
        )


def _words(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_words, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} {_words(of)}" for name, of in value.items())
    return str(value)
