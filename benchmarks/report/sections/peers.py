"""12: the other queues, where the run has measured them."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.report.blocks import Block
from benchmarks.report.evidence import Evidence


def peers(evidence: Evidence) -> Iterator[Block]:
    """Show what peers.json says."""
    del evidence
    yield from ()
