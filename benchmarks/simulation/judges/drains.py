"""A worker that is told to stop lets its handlers end within the grace, and ends soon after."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.simulation.evidence import Evidence, Stop
from benchmarks.simulation.judges.excuses import Excuses

ENDING_SECONDS = 2.0  # beyond the grace: cleaning up, sending, saying goodbye; see the worker's drain.py and leases.py
BREAKING_OFF_SECONDS = 0.1  # beyond the grace, until handlers are told


def judge(evidence: Evidence) -> Iterator[str]:
    """Find workers, and handlers, that took too long."""
    excuses = Excuses(evidence)
    for name, stop in evidence.stops.items():
        if not excuses.hold(name, stop.told, stop.ended):
            yield from _late(evidence, name, stop)


def _late(evidence: Evidence, name: str, stop: Stop) -> Iterator[str]:
    over, longest = stop.told + stop.grace, 0.0
    for stint in evidence.stints:
        if stint.worker == name and stint.ended is not None and stint.ended > over:
            longest = max(longest, stint.lingers)
            if stint.ended > over + stint.lingers + BREAKING_OFF_SECONDS:
                yield f"{stint.claim.task.id}: its handler ran on for {stint.ended - over:.3f} s after {name}'s grace"
    if stop.ended > over + longest + ENDING_SECONDS:
        yield f"{name}: took {stop.ended - stop.told:.3f} s to stop, with a grace of {stop.grace:.3f} s"
