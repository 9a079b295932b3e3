"""The model: one named queue in plain Python, as slow and as plain as can be, but with the same answers as Redis.

It knows no clock; `now` is given, in milliseconds. It gives out no tokens; it is told the one that Redis gave.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from system.queues.codec import verb_and_detail
from system.queues.protocol import Cleanup
from system.tasks.events import Kind
from system.tasks.outcome import Reason, RetryIn, Settlement, Succeed
from system.tasks.task import PRIORITIES, Claim, Task

TURNS = 16  # every so many claims, the lowest priority that waits goes first
HEAL = 100  # tasks that one claim promotes, and tasks that it takes back, at the most
CLEANUP = 1_000  # the same for a clean-up
SOON = 5_000  # ms: whatever falls due until then must be known to somebody who sleeps

Told = tuple[Kind, str, str | None, int, dict[str, Any]]
"""An event: kind, id, token, delivery, and the rest of what it says."""


@dataclass(slots=True)
class ModelQueue:
    """The state has the shape of a Picture; `told` gathers the events of one call."""

    tasks: dict[str, Task] = field(default_factory=dict)
    deliveries: dict[str, int] = field(default_factory=dict)
    leases: dict[str, int] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    scheduled: dict[str, int] = field(default_factory=dict)
    ready: dict[int, list[str]] = field(default_factory=lambda: {priority: [] for priority in PRIORITIES})
    turn: int = 0
    woken: bool = False
    paused: bool = False
    finished: int = 0
    failed: int = 0
    told: list[Told] = field(default_factory=list)

    def put(self, tasks: Sequence[Task], now: int, *, announce: bool) -> None:
        """New tasks wait, last among their equals, or until they are due."""
        for task in tasks:
            if task.id in self.tasks:
                continue
            self.tasks[task.id] = task
            self.deliveries[task.id] = task.deliveries
            self.woken = True
            more: dict[str, Any] = {"task": task} if announce else {}
            if task.run_at > max(now, task.created_at):
                self.scheduled[task.id] = task.run_at
                self._tell(Kind.SCHEDULED, task.id, run_at=task.run_at, **more)
            else:
                self.ready[task.priority].insert(0, task.id)
                self._tell(Kind.QUEUED, task.id, **more)

    def claim(self, limit: int, now: int, lease: int, token: str) -> list[Claim]:
        """Heal, then hand out the next ones under a lease."""
        self._heal(now, HEAL)
        if self.paused:
            return []
        self.turn += 1
        ids = list(self._next_ones(limit))
        for task_id in ids:
            self.deliveries[task_id] += 1
            self.leases[task_id] = now + lease
            self.owners[task_id] = token
            self._tell(Kind.CLAIMED, task_id, token)
        soon = any(due < now + SOON for due in self.scheduled.values())
        self.woken |= bool(ids) and (soon or (len(ids) == limit and any(self.ready.values())))
        return [Claim(self.tasks[task_id], token, self.deliveries[task_id]) for task_id in ids]

    def pays_in(self, now: int) -> int | None:
        """Milliseconds until a claim that brought nothing may bring something."""
        coming = [*self.scheduled.values(), *self.leases.values()]
        return max(0, min(coming) - now) if coming and not self.paused else None

    def finish(self, settlement: Settlement, now: int) -> bool:
        """Settle a claim if its token holds."""
        claim, decision = settlement.claim, settlement.decision
        task_id = claim.task.id
        if not self.holds(claim):
            self._tell(Kind.REFUSED, task_id, claim.token, claim.delivery)
            return False
        kind, detail = verb_and_detail(settlement)
        self.finished += 1
        self.failed += not isinstance(decision, Succeed)
        if isinstance(decision, RetryIn):
            detail["run_at"] = now + round(decision.seconds * 1000)
        self._tell(kind, task_id, claim.token, claim.delivery, **detail)
        if isinstance(decision, RetryIn):
            self._end_lease(task_id)
            self.tasks[task_id] = decision.task
            self.scheduled[task_id] = detail["run_at"]
            self.woken = True
        else:
            self._remove(task_id)
        return True

    def renew(self, claim: Claim, now: int, lease: int) -> bool:
        """Begin the lease anew if the token holds."""
        if self.holds(claim):
            self.leases[claim.task.id] = now + lease
        return self.holds(claim)

    def release(self, claim: Claim, now: int, pause: int) -> None:
        """Take a claim back if the token holds, as if it had never been."""
        task_id = claim.task.id
        if not self.holds(claim):
            return
        self._tell(Kind.RELEASED, task_id, claim.token)
        self._end_lease(task_id)
        self.deliveries[task_id] -= 1
        self.woken = True
        if pause:
            self.scheduled[task_id] = now + pause
            self._tell(Kind.SCHEDULED, task_id, run_at=now + pause)
        else:
            self._wait_first(task_id)

    def abandon(self, worker: str) -> int:
        """End a worker's leases; the next claim or clean-up takes the tasks back."""
        held = [task_id for task_id, token in self.owners.items() if token.partition(":")[2] == worker]
        self.leases |= dict.fromkeys(held, 0)
        self.woken |= bool(held)
        return len(held)

    def cancel(self, task_id: str) -> bool:
        """Take a task out."""
        if task_id not in self.tasks:
            return False
        self._tell(Kind.CANCELLED, task_id, self.owners.get(task_id))
        self._remove(task_id)
        return True

    def cleanup(self, now: int) -> Cleanup:
        """Heal in larger helpings than a claim."""
        healed = self._heal(now, CLEANUP)
        self.woken |= any(self.ready.values())
        return healed

    def holds(self, claim: Claim) -> bool:
        """Tell whether a claim's token is the one that counts."""
        return self.owners.get(claim.task.id) == claim.token

    def _heal(self, now: int, limit: int) -> Cleanup:
        requeued = dead = 0
        for task_id in _over(self.scheduled, now)[:limit]:
            del self.scheduled[task_id]
            self.ready[self.tasks[task_id].priority].insert(0, task_id)
            self._tell(Kind.QUEUED, task_id)
        for task_id in _over(self.leases, now)[:limit]:
            token = self.owners[task_id]
            self._tell(Kind.EXPIRED, task_id, token)
            self._end_lease(task_id)
            times = self.deliveries[task_id]
            if times >= self.tasks[task_id].delivery_limit:
                dead += 1
                error = f"delivered {times} times and never finished: it is taken for a task that kills its workers"
                self._tell(Kind.DEAD, task_id, token, error=error, reason=Reason.POISON)
                self._remove(task_id)
            else:
                requeued += 1
                self._wait_first(task_id)
        return Cleanup(requeued, dead)

    def _next_ones(self, limit: int) -> Iterator[str]:
        highest_first = [self.ready[priority] for priority in reversed(PRIORITIES)]
        lists = highest_first
        if self.turn % TURNS == 0:
            lists = [next((ids for ids in reversed(highest_first) if ids), []), *highest_first]
        for ids in lists:
            while ids and limit > 0:
                limit -= 1
                yield ids.pop()

    def _wait_first(self, task_id: str) -> None:
        self.ready[self.tasks[task_id].priority].append(task_id)
        self._tell(Kind.QUEUED, task_id)

    def _end_lease(self, task_id: str) -> None:
        del self.leases[task_id], self.owners[task_id]

    def _remove(self, task_id: str) -> None:
        for ids in self.ready.values():
            if task_id in ids:
                ids.remove(task_id)
        for book in (self.tasks, self.deliveries, self.leases, self.owners, self.scheduled):
            book.pop(task_id, None)

    def _tell(
        self, kind: Kind, task_id: str, token: str | None = None, delivery: int | None = None, **rest: Any
    ) -> None:
        self.told.append((kind, task_id, token, self.deliveries[task_id] if delivery is None else delivery, rest))


def _over(times: dict[str, int], now: int) -> list[str]:
    """Return whose time has come, the earliest first; Redis orders equal times by id."""
    return [task_id for _, task_id in sorted((time, task_id) for task_id, time in times.items() if time <= now)]
