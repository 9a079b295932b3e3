"""One named queue in memory: the books that keys.py lists for Redis, and how tasks move between them.

Nothing here waits or reads a clock: `now` is the time of the call, in milliseconds. Each move notes what it did in
`news`, which then becomes one entry of the history.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import orjson

from system.policies.budget import admit
from system.queues.codec import RawEvent, decode, encode, report_detail, verb_and_detail
from system.queues.memory_history import MemoryHistory
from system.queues.memory_places import Leases, Schedule, Waiting
from system.queues.protocol import Cleanup, Place, Stats
from system.tasks.context import Report
from system.tasks.events import Kind
from system.tasks.outcome import Reason, RetryIn, Settlement, Succeed
from system.tasks.task import Claim, Task

MINUTE = 60_000  # ms


@dataclass(slots=True)
class Held:
    """A task the queue knows. The body is JSON, so that no attempt sees what a handler did to an earlier copy."""

    task: Task
    body: bytes
    deliveries: int


class Shelf:
    """What waits, runs and happened in one named queue."""

    def __init__(self, queue: str, weights: Sequence[int] | None = None) -> None:
        self.now = 0
        self.paused = False
        self.epoch: str | None = None
        self.news: list[RawEvent] = []
        self.history = MemoryHistory(queue)
        self.held: dict[str, Held] = {}
        self._queue = queue
        self._waiting = Waiting(weights)
        self._schedule = Schedule()
        self._leases = Leases()
        self._fence = 0
        self._spoken_for: dict[str, float] = {}  # until when the retries of a type with a budget are, ms
        self._settled: deque[tuple[int, bool]] = deque()  # (when, whether it failed), of the last minute

    def put(self, tasks: Sequence[Task], *, announce: bool) -> None:
        """Let new tasks wait, or stand by until their time; known ids are left alone."""
        for task in tasks:
            if task.id in self.held:
                continue
            self.held[task.id] = Held(task, encode(task), task.deliveries)
            told = {"task": orjson.Fragment(encode(task))} if announce else {}
            if task.run_at > max(self.now, task.created_at):  # a client's clock may be ahead
                self._stand_by(task.id, task.run_at, told)
            else:
                self._waiting.add(task.id, task.priority)
                self._tell(Kind.QUEUED, task.id, None, task.deliveries, told)

    def claim(self, worker: str, limit: int, lease_ms: int) -> list[Claim]:
        """Hand out what waits, after taking back what dead workers held; one token for all."""
        self.heal()
        ids = [] if self.paused else self._waiting.take(limit)
        if ids:
            self._fence = max(self._fence + 1, self.now * 1000)
        return [self._hand_out(task_id, f"{self._fence}:{worker}", self.now + lease_ms) for task_id in ids]

    def finish(self, settlement: Settlement) -> bool:
        """Settle one claim; refused where its token no longer holds."""
        claim, decision = settlement.claim, settlement.decision
        task_id = claim.task.id
        if not self._leases.holds(task_id, claim.token):
            self._tell(Kind.REFUSED, task_id, claim.token, claim.delivery)
            return False
        self._leases.end(task_id)
        kind, detail = verb_and_detail(settlement)
        if isinstance(decision, RetryIn):
            self.held[task_id].task, self.held[task_id].body = decision.task, encode(decision.task)
            detail["run_at"] = self._due(decision)
            self._schedule.add(task_id, detail["run_at"])
        else:
            del self.held[task_id]
        self._settled.append((self.now, not isinstance(decision, Succeed)))
        self._tell(kind, task_id, claim.token, claim.delivery, detail)
        return True

    def renew(self, claim: Claim, lease_ms: int) -> bool:
        """Begin a lease anew, if its token still holds."""
        kept = self._leases.holds(claim.task.id, claim.token)
        if kept:
            self._leases.end(claim.task.id)
            self._leases.begin(claim.task.id, claim.token, self.now + lease_ms)
        return kept

    def report(self, report: Report) -> None:
        """Tell how far a task is, if its token still holds."""
        if self._leases.holds(report.task_id, report.token):
            self._tell(Kind.PROGRESS, report.task_id, report.token, report.delivery, report_detail(report))

    def release(self, claim: Claim, pause_ms: int) -> None:
        """Take a claim back as if it had never been, if its token still holds."""
        task_id = claim.task.id
        if not self._leases.holds(task_id, claim.token):
            return
        self._leases.end(task_id)
        self.held[task_id].deliveries -= 1
        self._tell(Kind.RELEASED, task_id, claim.token, claim.delivery)
        if pause_ms > 0:
            self._stand_by(task_id, self.now + pause_ms)
        else:
            self._wait_first(task_id)

    def abandon(self, worker: str) -> int:
        """Take back everything one worker holds."""
        return len([self._take_back(task_id) for task_id in self._leases.of(worker)])

    def cancel(self, task_id: str) -> bool:
        """Take a task out, wherever it is."""
        held = self.held.pop(task_id, None)
        if held is None:
            return False
        token = self._leases.end(task_id)
        if token is None and not self._schedule.remove(task_id):
            self._waiting.remove(task_id, held.task.priority)
        self._tell(Kind.CANCELLED, task_id, token, held.deliveries)
        return True

    def heal(self) -> Cleanup:
        """Let wait again whatever is due and whatever dead workers held."""
        for task_id in self._schedule.take_due(self.now):
            self._waiting.add(task_id, self.held[task_id].task.priority)
            self._tell(Kind.QUEUED, task_id, None, self.held[task_id].deliveries)
        back = [self._take_back(task_id) for task_id in self._leases.ended(self.now)]
        return Cleanup(requeued=back.count(True), dead=back.count(False))

    def pays_in(self) -> int | None:
        """Return in how many ms it pays to claim: 0 is now; None where nothing is to come."""
        if self.paused:
            return None
        if self._waiting.heads():
            return 0
        soonest = min(self._schedule.soonest() + self._leases.soonest(), default=None)
        return None if soonest is None else max(0, soonest - self.now)

    def find(self, task_id: str) -> Place | None:
        """Say where a task is."""
        held = self.held.get(task_id)
        if held is None:
            return None
        if (lease := self._leases.get(task_id)) is not None:
            token, ends = lease
            return Place("leased", until_ms=ends, worker=token.partition(":")[2])
        if (due := self._schedule.due(task_id)) is not None:
            return Place("scheduled", until_ms=due)
        return Place("ready", ahead=self._waiting.ahead(task_id, held.task.priority))

    def stats(self) -> Stats:
        """Count everything."""
        while self._settled and self._settled[0][0] <= self.now - MINUTE:
            self._settled.popleft()
        by_priority = self._waiting.counts()
        oldest = min((self.held[task_id].task.run_at for task_id in self._waiting.heads()), default=self.now)
        return Stats(
            ready=sum(by_priority.values()),
            leased=len(self._leases),
            scheduled=len(self._schedule),
            by_priority=by_priority,
            oldest_age_seconds=max(0, self.now - oldest) / 1000,
            paused=self.paused,
            finished_1m=len(self._settled),
            failed_1m=sum(failed for _, failed in self._settled),
        )

    def _due(self, retry: RetryIn) -> int:
        """Return when a retry is due: after its pause, and when its type's budget allows."""
        due = self.now + max(0, round(retry.seconds * 1000))
        if retry.budget is None:
            return due
        name = retry.task.type
        begin, self._spoken_for[name] = admit(retry.budget, self._spoken_for.get(name, 0.0), self.now)
        return max(due, ceil(begin))

    def _hand_out(self, task_id: str, token: str, ends: int) -> Claim:
        held = self.held[task_id]
        held.deliveries += 1
        self._leases.begin(task_id, token, ends)
        self._tell(Kind.CLAIMED, task_id, token, held.deliveries)
        return Claim(decode(self._queue, task_id, held.body), token, held.deliveries)

    def _take_back(self, task_id: str) -> bool:
        """End a lease nobody renewed; False where that was once too often and the task is dead."""
        token, held = self._leases.end(task_id), self.held[task_id]
        self._tell(Kind.EXPIRED, task_id, token, held.deliveries)
        if held.deliveries < held.task.delivery_limit:
            self._wait_first(task_id)
            return True
        del self.held[task_id]
        why = f"delivered {held.deliveries} times and never finished: it is taken for a task that kills its workers"
        self._tell(Kind.DEAD, task_id, token, held.deliveries, {"error": why, "reason": Reason.POISON})
        return False

    def _wait_first(self, task_id: str) -> None:
        held = self.held[task_id]
        self._waiting.add_first(task_id, held.task.priority)
        self._tell(Kind.QUEUED, task_id, None, held.deliveries)

    def _stand_by(self, task_id: str, due: int, told: dict[str, Any] | None = None) -> None:
        self._schedule.add(task_id, due)
        self._tell(Kind.SCHEDULED, task_id, None, self.held[task_id].deliveries, {"run_at": due, **(told or {})})

    def _tell(
        self, kind: Kind, task_id: str, token: str | None, delivery: int, detail: dict[str, Any] | None = None
    ) -> None:
        self.news.append((kind, task_id, token, delivery, detail or None))
