"""Where nothing goes wrong, no task waits while a worker that could take it has a free slot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from benchmarks.simulation.evidence import Evidence, seconds
from system.tasks.events import Event, Kind

BUFFER_SECONDS = 0.4  # twice the worker's STALE in watch.py, and the answers: then others may have it
SECONDS = 0.4  # more than a wake-up, a claim and their answers take on the slowest of the networks
EDGE_SECONDS = 0.1  # at both ends, in which a worker may have been about to claim

Counted = list[tuple[float, int]]


def judge(evidence: Evidence) -> Iterator[str]:
    """Find tasks that waited without need."""
    if not evidence.scenario.calm:
        return
    hands = _in_hand(evidence)
    due: dict[str, float] = {}
    for event in evidence.events:
        if event.kind in {Kind.SCHEDULED, Kind.RETRYING}:
            due[event.task_id] = seconds(event.run_at or 0)
        elif event.kind is Kind.QUEUED:
            due.setdefault(event.task_id, seconds(event.at))
        elif event.kind is Kind.CLAIMED:
            until = seconds(event.at)
            since = due.pop(event.task_id, until)
            if until - since > SECONDS:
                yield from _idlers(evidence, hands, event, since)
    yield from _slow_starts(evidence)


def _idlers(evidence: Evidence, hands: dict[str, Counted], event: Event, since: float) -> Iterator[str]:
    until = seconds(event.at)
    for number, plan in enumerate(evidence.scenario.workers, 1):
        counts = _counts(hands[f"w{number}"], since + EDGE_SECONDS, until - EDGE_SECONDS)
        claims = any(later > earlier for earlier, later in pairwise(counts))  # it takes others first
        if event.queue in plan.queues and max(counts) < plan.concurrency and not claims:
            yield f"{event.task_id}: waited {until - since:.3f} s while w{number} had a free slot"


def _slow_starts(evidence: Evidence) -> Iterator[str]:
    """Find claims that lay in their worker's buffer for long: it should have begun them, or given them back."""
    began = {(stint.claim.task.id, stint.claim.token): stint.began for stint in evidence.stints}
    claimed: dict[tuple[str, str], float] = {}
    for event in evidence.events:
        key = (event.task_id, event.token or "")
        if event.kind is Kind.CLAIMED:
            claimed[key] = seconds(event.at)
        elif key in claimed:
            over = seconds(event.at)
            waited = min(began.get(key, over), over) - claimed.pop(key)
            if waited > BUFFER_SECONDS:
                yield f"{event.task_id}: {event.worker} claimed it and left it lying for {waited:.3f} s"


def _in_hand(evidence: Evidence) -> dict[str, Counted]:
    """Return, for each worker, how many claims it held from when on."""
    hands: dict[str, Counted] = defaultdict(lambda: [(0.0, 0)])
    for event in evidence.events:
        if event.worker is not None and event.kind is not Kind.REFUSED:
            counted = hands[event.worker]
            counted.append((seconds(event.at), counted[-1][1] + (1 if event.kind is Kind.CLAIMED else -1)))
    return hands


def _counts(counted: Counted, since: float, until: float) -> list[int]:
    """Return how many claims a worker held in a time, one number after the other."""
    before = [count for at, count in counted if at <= since]
    return [before[-1], *(count for at, count in counted if since < at <= until)]
