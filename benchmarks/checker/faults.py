"""Which injected faults can account for what happened to a run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from benchmarks.checker.history import REDIS, Fault, FaultKind, Run

AOF_LOSS_MS = 2_000  # `appendfsync everysec`: what is on its way to the file, at the most; no kill and no copy keeps it
SETTLE_MS = 1_000  # a run's end is dated by its worker; it reaches the queue with the next batch, this much later
ON_WORKERS = frozenset({FaultKind.KILL, FaultKind.PAUSE, FaultKind.PARTITION})


def forgets(fault: Fault) -> bool:
    """Whether Redis may have lost what it knew: it was wiped, rewound, or killed."""
    killed = fault.kind is FaultKind.KILL and fault.target == REDIS
    return killed or fault.kind in {FaultKind.REWIND, FaultKind.WIPE}


class Faults:
    """The faults of one history, ready to be asked about; all times are milliseconds."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.all = sorted(faults, key=lambda fault: fault.at)
        self.kills = [fault for fault in self.all if fault.kind is FaultKind.KILL]
        self._forgetting = [fault for fault in self.all if forgets(fault)]
        self._hindering = [fault for fault in self.all if fault.kind is not FaultKind.KILL or fault.target == REDIS]
        self._by_target: defaultdict[str, list[Fault]] = defaultdict(list)
        for fault in self.all:
            if fault.kind in ON_WORKERS:
                self._by_target[fault.target].append(fault)

    def forgot(self, since: int, until: int) -> Fault | None:
        """Return a fault by which Redis may have forgotten something done between two moments."""
        return next((fault for fault in self._forgetting if _overlaps(fault, since, until)), None)

    def forgot_end(self, ended_at: int, next_at: int) -> Fault | None:
        """Return a fault by which Redis may have forgotten an end, so that something more came of the task later."""
        return self.forgot(ended_at, min(ended_at + SETTLE_MS, next_at))

    def struck(self, worker: str | None, since: int, until: int) -> Fault | None:
        """Return a fault that kept a worker from finishing; one of Redis keeps every worker from it."""
        candidates = self._by_target[worker or ""] + self._by_target[REDIS]
        return next((fault for fault in candidates if _overlaps(fault, since, until)), None)

    def kill_of(self, run: Run, until: int) -> Fault | None:
        """Return the kill that ended a run, if one did."""
        kills = (fault for fault in self._by_target[run.worker or ""] if fault.kind is FaultKind.KILL)
        return next((fault for fault in kills if run.started_at <= fault.until and fault.at <= until), None)

    def hindered(self, since: int, until: int) -> bool:
        """Whether something other than a process's kill went on, so that nobody can be blamed for being late."""
        return any(_overlaps(fault, since, until) for fault in self._hindering)


def _overlaps(fault: Fault, since: int, until: int) -> bool:
    begin = fault.at - AOF_LOSS_MS if forgets(fault) else fault.at
    return begin <= until and since <= fault.until
