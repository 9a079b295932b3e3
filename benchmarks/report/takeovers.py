"""How long the tasks of a killed worker waited: until they were free again, and until they ran again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.records import AttemptRecord, FaultRecord


@dataclass(frozen=True, slots=True)
class Takeover:
    """One task that a killed worker had in hand; seconds since the kill, `free_s` None where that was not seen."""

    trial: int
    worker: str
    """Who was killed."""
    task_id: str
    free_s: float | None
    again_s: float


def takeovers(attempts: Sequence[AttemptRecord], faults: Iterable[FaultRecord]) -> list[Takeover]:
    """Find what killed workers had in hand that another attempt took over."""
    kills = {(fault.trial, fault.target): fault for fault in faults if fault.kind == "kill"}
    found = []
    for earlier, later in _repeats(attempts):
        kill = kills.get((earlier.trial, earlier.worker))
        if kill is None or not _in_hand(earlier, kill.at_s):
            continue
        free = None if earlier.finished_s is None else earlier.finished_s - kill.at_s
        found.append(Takeover(earlier.trial, earlier.worker, earlier.task_id, free, later.claimed_s - kill.at_s))
    return found


def redone(attempts: Sequence[AttemptRecord], faults: Iterable[FaultRecord]) -> float:
    """Return the seconds that killed workers had had their tasks in hand, at most all of them work to be done again.

    They count from the start where the record has it; what never ended is often recorded with its claim alone.
    """
    kills = {(fault.trial, fault.target): fault.at_s for fault in faults if fault.kind == "kill"}
    spent = 0.0
    for earlier, _ in _repeats(attempts):
        at = kills.get((earlier.trial, earlier.worker))
        if at is not None and _in_hand(earlier, at):
            spent += max(0.0, at - (earlier.claimed_s if earlier.started_s is None else earlier.started_s))
    return spent


def _in_hand(attempt: AttemptRecord, at_s: float) -> bool:
    open_still = attempt.finished_s is None or attempt.outcome == "lease_expired"
    return attempt.claimed_s <= at_s and open_still and (attempt.finished_s is None or attempt.finished_s >= at_s)


def _repeats(attempts: Iterable[AttemptRecord]) -> Iterator[tuple[AttemptRecord, AttemptRecord]]:
    by_task: dict[tuple[int, str], list[AttemptRecord]] = defaultdict(list)
    for attempt in attempts:
        by_task[attempt.trial, attempt.task_id].append(attempt)
    for mine in by_task.values():
        yield from pairwise(sorted(mine, key=lambda attempt: attempt.claimed_s))
