"""The three places where a task can be in memory: waiting in a line, scheduled for later, or leased to a worker."""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Sequence
from itertools import takewhile

from system.policies.shares import CIRCLE, take
from system.tasks.task import PRIORITIES

TURNS = 16  # every 16th turn begins with the lowest priority that waits, so that none starves


class Waiting:
    """One line for each priority, first in, first out; ids only."""

    def __init__(self, weights: Sequence[int] | None = None) -> None:
        self._weights = weights
        self._lines: dict[int, deque[str]] = {priority: deque() for priority in PRIORITIES}
        self._turn = 0

    def add(self, task_id: str, priority: int) -> None:
        """Let a task wait behind its equals."""
        self._lines[priority].append(task_id)

    def add_first(self, task_id: str, priority: int) -> None:
        """Let a task that was handed out before wait in front of its equals."""
        self._lines[priority].appendleft(task_id)

    def remove(self, task_id: str, priority: int) -> None:
        """Take out a task that waits."""
        self._lines[priority].remove(task_id)

    def take(self, limit: int) -> list[str]:
        """Take out up to `limit` ids, the highest priority first, or by weight."""
        if self._weights is not None:
            order = take(self.counts(), self._weights, self._turn, limit)
            self._turn = (self._turn + len(order)) % CIRCLE
            return [self._lines[priority].popleft() for priority in order]
        self._turn += 1
        lines = [line for line in reversed(self._lines.values()) if line]
        if self._turn % TURNS == 0:
            lines = lines[-1:] + lines
        taken: list[str] = []
        for line in lines:
            while line and len(taken) < limit:
                taken.append(line.popleft())
        return taken

    def ahead(self, task_id: str, priority: int) -> int:
        """Count who goes before a task that waits."""
        higher = sum(len(line) for number, line in self._lines.items() if number > priority)
        return higher + self._lines[priority].index(task_id)

    def counts(self) -> dict[int, int]:
        """Count what waits, by priority."""
        return {priority: len(line) for priority, line in self._lines.items()}

    def heads(self) -> list[str]:
        """Return the id that waits first in each line."""
        return [line[0] for line in self._lines.values() if line]


class Schedule:
    """Ids in the order of their time (ms)."""

    def __init__(self) -> None:
        self._entries: list[tuple[int, str]] = []

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, task_id: str, due: int) -> None:
        """Let a task stand by until its time."""
        insort(self._entries, (due, task_id))

    def remove(self, task_id: str) -> bool:
        """Take out a task; False where it is not here."""
        before = len(self._entries)
        self._entries = [entry for entry in self._entries if entry[1] != task_id]
        return len(self._entries) < before

    def due(self, task_id: str) -> int | None:
        """Return a task's time, None where it is not here."""
        return next((due for due, other in self._entries if other == task_id), None)

    def take_due(self, now: int) -> list[str]:
        """Take out the ids whose time has come."""
        due = [task_id for _, task_id in takewhile(lambda entry: entry[0] <= now, self._entries)]
        del self._entries[: len(due)]
        return due

    def soonest(self) -> list[int]:
        """Return the time of the first, or nothing."""
        return [due for due, _ in self._entries[:1]]


class Leases:
    """Who holds what until when (ms). All leases last equally long, so the one that began first ends first."""

    def __init__(self) -> None:
        self._leases: dict[str, tuple[str, int]] = {}

    def __len__(self) -> int:
        return len(self._leases)

    def begin(self, task_id: str, token: str, ends: int) -> None:
        """Lease a task to the token's worker."""
        self._leases[task_id] = (token, ends)

    def end(self, task_id: str) -> str | None:
        """End a lease and return its token; None where there is none."""
        token, _ = self._leases.pop(task_id, (None, 0))
        return token

    def holds(self, task_id: str, token: str) -> bool:
        """Whether the task is leased under just this token."""
        return task_id in self._leases and self._leases[task_id][0] == token

    def get(self, task_id: str) -> tuple[str, int] | None:
        """Return a task's token and the end of its lease, None where it is not leased."""
        return self._leases.get(task_id)

    def ended(self, now: int) -> list[str]:
        """Return the ids whose lease nobody renewed in time."""
        return list(takewhile(lambda task_id: self._leases[task_id][1] <= now, self._leases))

    def of(self, worker: str) -> list[str]:
        """Return the ids that one worker holds."""
        return [task_id for task_id, (token, _) in self._leases.items() if token.partition(":")[2] == worker]

    def soonest(self) -> list[int]:
        """Return the end of the lease that ends first, or nothing."""
        return [ends for _, ends in self._leases.values()][:1]
