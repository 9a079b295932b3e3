"""What only a queue's own history tells: the late finishes that were refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from benchmarks.checker.history import Refusal
from system.tasks.events import Batch, Kind


def refusals(batches: Iterable[Batch]) -> Iterator[Refusal]:
    """Find the refused finishes in what `Queue.history` returned."""
    for batch in batches:
        for event in batch.events:
            if event.kind is Kind.REFUSED:
                yield Refusal(task_id=event.task_id, token=event.token or "", at=event.at)
