"""What a run of the demo came to, worked out from the record alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import orjson

from system.storage.rows import AttemptRow, TaskRow, Verdict
from system.tasks.task import Status

SECOND = 1000.0  # in milliseconds, as the record has its times


@dataclass(frozen=True, slots=True)
class Kill:
    """A worker that was killed, and when (milliseconds since 1970)."""

    worker: str
    pid: int
    at: int


@dataclass(frozen=True, slots=True)
class Takeover:
    """A task that a killed worker held, and who ran it instead; times are seconds since the kill."""

    path: str
    victim: str
    claimed: float
    heir: str
    taken: float
    done: float


@dataclass(frozen=True, slots=True)
class Module:
    """What one file turned out to be."""

    path: str
    lines: int
    functions: int
    classes: int
    longest_name: str
    longest_lines: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everything there is to say about one run."""

    submitted: int
    verdict: Verdict
    rows: list[TaskRow]
    attempts: dict[str, list[AttemptRow]]
    """Of the tasks that took more than one."""
    kills: list[Kill]

    @property
    def lost(self) -> int:
        """Tasks that were accepted and did not end."""
        return self.submitted - self.verdict.succeeded - self.verdict.dead - self.verdict.cancelled

    @property
    def good(self) -> bool:
        """Whether every accepted task succeeded, and exactly one result of each was recorded."""
        verdict = self.verdict
        return self.submitted == verdict.accepted == verdict.succeeded and verdict.double_successes == 0

    @property
    def seconds(self) -> float:
        """From the first start to the last end."""
        started = [row.started_at for row in self.rows if row.started_at is not None]
        finished = [row.finished_at for row in self.rows if row.finished_at is not None]
        return (max(finished) - min(started)) / SECOND if started and finished else 0.0

    def by_worker(self) -> list[tuple[str, int]]:
        """Return each worker and how many tasks it finished, most first."""
        return Counter(row.worker for row in self.rows if row.worker and row.status is Status.SUCCEEDED).most_common()

    def biggest(self, count: int) -> list[Module]:
        """Return the modules with the most lines."""
        return sorted(map(_module, self._succeeded()), key=lambda module: module.lines, reverse=True)[:count]

    def total(self, figure: str) -> int:
        """Return the sum of one figure ("lines", "functions", …) over all modules."""
        return sum(orjson.loads(row.result or "{}").get(figure, 0) for row in self._succeeded())

    def takeovers(self) -> list[Takeover]:
        """Return what the killed workers held and who took it over, soonest first."""
        found = [_takeover(row, self.attempts[row.id], kill) for kill in self.kills for row in self._with_attempts()]
        return sorted((one for one in found if one is not None), key=lambda one: one.taken)

    def _succeeded(self) -> list[TaskRow]:
        return [row for row in self.rows if row.status is Status.SUCCEEDED]

    def _with_attempts(self) -> list[TaskRow]:
        return [row for row in self.rows if row.id in self.attempts]


def _takeover(row: TaskRow, attempts: Sequence[AttemptRow], kill: Kill) -> Takeover | None:
    """Find the attempt that the kill cut short and the one that followed it."""
    for cut, following in pairwise(attempts):
        if cut.worker == kill.worker and cut.outcome == "lease_expired":
            return Takeover(
                path=_path(row),
                victim=kill.worker,
                claimed=_since(kill, cut.claimed_at),
                heir=following.worker or "",
                taken=_since(kill, following.claimed_at),
                done=_since(kill, following.finished_at),
            )
    return None


def _module(row: TaskRow) -> Module:
    result: dict[str, Any] = orjson.loads(row.result or "{}")
    longest: dict[str, Any] = result["longest_function"] or {"name": "", "lines": 0}
    return Module(
        path=_path(row),
        lines=result["lines"],
        functions=result["functions"],
        classes=result["classes"],
        longest_name=longest["name"],
        longest_lines=longest["lines"],
    )


def _path(row: TaskRow) -> str:
    return str(orjson.loads(row.payload)["path"])


def _since(kill: Kill, at: int | None) -> float:
    return ((at or kill.at) - kill.at) / SECOND
