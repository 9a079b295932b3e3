"""Each task's life as the queue told it: what may follow what, and the numbers that must rise by one."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.simulation.evidence import ENDS, Evidence
from benchmarks.simulation.scenario import TaskPlan
from system.tasks.events import Event, Kind
from system.tasks.task import SPARE_DELIVERIES

FOLLOWS = {
    None: {Kind.QUEUED, Kind.SCHEDULED},
    Kind.QUEUED: {Kind.CLAIMED, Kind.CANCELLED},
    Kind.SCHEDULED: {Kind.QUEUED, Kind.CANCELLED},
    Kind.RETRYING: {Kind.QUEUED, Kind.CANCELLED},
    Kind.CLAIMED: {Kind.RETRYING, Kind.RELEASED, Kind.EXPIRED} | ENDS,
    Kind.RELEASED: {Kind.QUEUED, Kind.SCHEDULED},
    Kind.EXPIRED: {Kind.QUEUED, Kind.DEAD},
}
UNDER_A_LEASE = FOLLOWS[Kind.CLAIMED] - {Kind.CANCELLED}


class Life:
    """What is known of one task so far."""

    def __init__(self, plan: TaskPlan) -> None:
        self._plan = plan
        self._last: Kind | None = None
        self._fence = 0
        self._token: str | None = None
        self._deliveries = 0
        self._failures = 0
        self._due = 0

    def go_on(self, event: Event) -> Iterator[str]:
        """Note the next event; tell what can't be."""
        if event.kind is Kind.REFUSED:
            if event.token == self._token and self._last is Kind.CLAIMED:
                yield "refused under the token that holds"
            return
        if event.kind not in FOLLOWS.get(self._last, set()):
            yield f"{event.kind} after {self._last}"
        if event.kind is Kind.QUEUED and event.at < self._due:
            yield f"waits {self._due - event.at} ms before its time"
        if event.kind is Kind.CLAIMED:
            yield from self._hand_out(event)
        elif event.kind in UNDER_A_LEASE and event.token != self._token:
            yield f"{event.kind} under {event.token} while {self._token} holds"
        if self._last is Kind.EXPIRED:
            yield from self._judge_death(event)
        yield from self._count(event)
        self._due = event.run_at or 0
        self._last = event.kind

    def _hand_out(self, event: Event) -> Iterator[str]:
        fence = int((event.token or "").partition(":")[0])
        if fence <= self._fence:
            yield f"token {fence} after {self._fence}"
        self._fence, self._token = fence, event.token
        self._deliveries += 1
        if event.delivery != self._deliveries:
            yield f"delivery {event.delivery} is its {self._deliveries}th"

    def _judge_death(self, event: Event) -> Iterator[str]:
        """A task whose worker died waits again, unless its deliveries are used up."""
        limit = self._plan.max_attempts + SPARE_DELIVERIES
        if (event.kind is Kind.DEAD) != (self._deliveries >= limit):
            yield f"{event.kind} after its worker died, with {self._deliveries} of {limit} deliveries"

    def _count(self, event: Event) -> Iterator[str]:
        if event.kind is Kind.RELEASED:
            self._deliveries -= 1
        elif event.failures is not None:
            self._failures += 1
            if event.failures != self._failures or self._failures > self._plan.max_attempts:
                yield f"failure {event.failures} of {self._plan.max_attempts} is its {self._failures}th"


def judge(evidence: Evidence) -> Iterator[str]:
    """Live through all lives."""
    lives = {task.id: Life(task) for task in evidence.scenario.tasks}
    for event in evidence.events:
        for finding in lives[event.task_id].go_on(event):
            yield f"{event.task_id}: {finding}"
