"""The judges: each looks at one run for one kind of broken promise, and says in a line what it found."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.simulation.evidence import Evidence
from benchmarks.simulation.judges import drains, excuses, lives, losses, promptness, stints

JUDGES = (losses.judge, lives.judge, excuses.judge, stints.judge, drains.judge, promptness.judge)

__all__ = ["judge"]


def judge(evidence: Evidence) -> list[str]:
    """Return the promises that were broken in a run, none where all is well."""
    return list(_findings(evidence))


def _findings(evidence: Evidence) -> Iterator[str]:
    yield from evidence.troubles
    for each in JUDGES:
        yield from each(evidence)
