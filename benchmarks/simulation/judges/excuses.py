"""A lease that ends and an outcome that is refused need an excuse: something that was done to the worker."""

from __future__ import annotations

import math
from collections.abc import Iterator

from benchmarks.checker import REDIS, FaultKind
from benchmarks.simulation.evidence import Deed, Evidence, seconds
from system.tasks.events import Kind

BACKLOG_SECONDS = 0.1  # in which a server that hung goes through what waited; a late message may wait behind others
SUSPECT = frozenset({Kind.EXPIRED, Kind.REFUSED})


class Excuses:
    """What was done to each worker, and when."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence

    def hold(self, worker: str | None, since: float, until: float, *, calls: int = 1, began: float = math.inf) -> bool:
        """Whether a worker can't be blamed for what it failed to do between two times.

        Either so many of its calls failed (a claim will do, as its deadline counts from when it was sent), or it was
        struck. Once its handler `began`, it is no excuse that its main thread stood still: the other one renews.
        """
        failed = sum(
            calls if each.verb == "claim" else 1
            for each in self._evidence.disturbances
            if each.worker == worker and each.at <= until and each.until + BACKLOG_SECONDS >= since
        )
        if failed >= calls:
            return True
        strokes = (deed for deed in self._evidence.deeds if deed.worker in {worker, REDIS})
        return any(_struck(deed, since, until) for deed in strokes if deed.threads != ("main",) or deed.at < began)


def _struck(deed: Deed, since: float, until: float) -> bool:
    dead = deed.kind is FaultKind.KILL
    over = deed.until + BACKLOG_SECONDS * (deed.worker == REDIS)
    return deed.at <= until and (dead or over >= since)


def judge(evidence: Evidence) -> Iterator[str]:
    """Find lease ends and refusals without an excuse."""
    excuses = Excuses(evidence)
    stints = {(stint.claim.task.id, stint.claim.token): stint for stint in evidence.stints}
    claimed: dict[tuple[str, str], float] = {}
    left: set[tuple[str, str]] = set()  # claims that nobody waits for: cancelled, or given back though they ran on
    for event in evidence.events:
        key = (event.task_id, event.token or "")
        stint = stints.get(key)
        if event.kind is Kind.CLAIMED:
            claimed[key] = seconds(event.at)
        elif event.kind is Kind.CANCELLED or (event.kind is Kind.RELEASED and stint and stint.lingers):
            left.add(key)
        elif event.kind in SUSPECT and key not in left:
            since, until = claimed.get(key, 0.0), seconds(event.at + 1)  # times were cut to whole ms
            began = stint.began if stint else math.inf
            # A renewal that gets lost costs no lease; the last word of a worker that stops may be a single call.
            calls = 2 if event.kind is Kind.EXPIRED and stint and event.worker not in evidence.stops else 1
            if not excuses.hold(event.worker, since, until, calls=calls, began=began):
                what = "the lease ended" if event.kind is Kind.EXPIRED else "an outcome was refused"
                yield f"{event.task_id}: {what} under {event.token}, though nothing had been done to its worker"
