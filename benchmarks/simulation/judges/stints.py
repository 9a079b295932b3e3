"""What handlers did: they begin under a lease, are over when it ends, and their results are their own."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.simulation.evidence import Evidence, seconds
from benchmarks.simulation.handler import Stint
from benchmarks.simulation.judges.excuses import Excuses
from system.tasks.events import Event, Kind

SPARE_SECONDS = 0.02  # for the callbacks on the way
TICK_SECONDS = 0.1  # as in the worker's watch.py: so often it looks at its deadlines


def judge(evidence: Evidence) -> Iterator[str]:
    """Compare the journal with the history."""
    stints = {(stint.claim.task.id, stint.claim.token): stint for stint in evidence.stints}
    excuses = Excuses(evidence)
    for event in evidence.events:
        if event.error and event.error.startswith("broken off"):
            yield f"{event.task_id}: an attempt that was broken off counts as a failure"
        stint = stints.get((event.task_id, event.token or ""))
        if event.kind is Kind.SUCCEEDED:
            yield from _result(event, stint)
        elif stint is not None and event.kind is Kind.CANCELLED:
            yield from _cancelled(evidence, excuses, event, stint)
        if stint is not None and event.kind not in {Kind.CLAIMED, Kind.CANCELLED, Kind.REFUSED}:
            yield from _lease(evidence, event, stint)
    for stint in evidence.stints:
        yield from _timeout(evidence, stint)


def _result(event: Event, stint: Stint | None) -> Iterator[str]:
    if stint is None or stint.returned is None or event.result != f'"{stint.returned}"':
        yield f"{event.task_id}: its result {event.result} is not what its handler returned under {event.token}"


def _lease(evidence: Evidence, event: Event, stint: Stint) -> Iterator[str]:
    """Judge a stint when its lease is over."""
    at, token = seconds(event.at), stint.claim.token
    if stint.began > at + SPARE_SECONDS:
        yield f"{event.task_id}: its handler began under {token}, which was over"
    if event.kind is Kind.EXPIRED and stint.ended is not None and stint.ended > _latest(evidence, stint, at):
        yield f"{event.task_id}: its handler ran on for {stint.ended - at:.3f} s after its lease {token}"


def _cancelled(evidence: Evidence, excuses: Excuses, event: Event, stint: Stint) -> Iterator[str]:
    """Judge a stint whose task a client took out: the worker learns of it when it renews the lease."""
    if stint.ended is None:
        return
    at, renewal = seconds(event.at), evidence.scenario.lease_seconds / 3
    late = stint.ended > at + renewal + 2 * SPARE_SECONDS + stint.lingers
    if late and not excuses.hold(stint.worker, at - renewal, stint.ended):
        yield f"{event.task_id}: its handler ran on for {stint.ended - at:.3f} s after it was cancelled"


def _timeout(evidence: Evidence, stint: Stint) -> Iterator[str]:
    timeout = stint.claim.task.timeout
    if timeout is None or stint.ended is None:
        return
    if stint.ended > _latest(evidence, stint, stint.began + timeout):
        spent = stint.ended - stint.began
        yield f"{stint.claim.task.id}: its handler ran for {spent:.3f} s, and was allowed {timeout:.3f} s"


def _latest(evidence: Evidence, stint: Stint, due: float) -> float:
    """Return when a handler that is due to end must have ended; its worker's main thread may have stood still."""
    patience = SPARE_SECONDS + stint.lingers
    for deed in evidence.deeds:
        if deed.worker == stint.worker and "main" in deed.threads and deed.at <= due + patience:
            due = max(due, deed.until + TICK_SECONDS)
    return due + patience
