"""Carries out planned faults on a system: one call each, which returns when the fault is over."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Container
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import psutil

from benchmarks.checker import REDIS, FaultKind
from benchmarks.engine.system import System
from benchmarks.faults import processes, redis, sql
from benchmarks.faults.log import FaultLog
from benchmarks.faults.schedule import Planned
from benchmarks.faults.waiting import until
from system.local.launcher import API, UPKEEP
from system.local.stack import WorkerProcess

ALIVE_SECONDS = 3.0  # a process that has just been killed may take so long to be there again
AT_WORK_SECONDS = 1.0


class Injector:
    """Strikes from any thread. What hits one target goes one after the other, except kills, which come any time.

    `seen` holds the ids of workers that have claimed tasks; somebody else adds to it. `copies` is a folder for Redis's
    files as they were some seconds before a rewind.
    """

    def __init__(self, system: System, log: FaultLog, *, seen: Container[str], copies: Path) -> None:
        self._system = system
        self._log = log
        self._seen = seen
        self._copies = copies
        self._turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._killing = threading.Lock()
        self._ending = threading.Event()
        self.missed: Counter[FaultKind] = Counter()
        """Faults that found nobody to hit."""

    def end(self) -> None:
        """Cut short what still lasts."""
        self._ending.set()

    def strike(self, fault: Planned) -> None:
        """Carry out one fault."""
        try:
            if fault.kind is FaultKind.KILL and fault.target not in (REDIS, sql.SQL):
                self._kill(fault.target)
                return
            with self._turns[fault.target]:
                if not self._ending.is_set():
                    self._at(fault)
        except (psutil.Error, TimeoutError):
            self.missed[fault.kind] += 1

    def _at(self, fault: Planned) -> None:
        if fault.target == REDIS:
            self._on_redis(fault)
        elif fault.target == sql.SQL:
            self._last(self._of_sql(fault.kind), fault.seconds)
        elif fault.kind is FaultKind.PAUSE:
            worker = self._process(fault.target)
            self._last(processes.paused(worker.pid, worker.id, self._log), fault.seconds)
        else:
            worker = self._process(fault.target)
            self._last(self._system.link(worker.name).cut(worker.id, self._log), fault.seconds)

    def _on_redis(self, fault: Planned) -> None:
        server = self._system.redis
        match fault.kind:
            case FaultKind.WIPE:
                redis.wipe(server.url, self._log)
            case FaultKind.FUNCTIONS:
                redis.flush_functions(server.url, self._log)
            case FaultKind.REWIND:
                older = redis.copy(server, self._copies)
                self._ending.wait(fault.seconds)
                redis.rewind(server, older, self._log)
            case FaultKind.PAUSE:
                self._last(processes.paused(server.process.pid, REDIS, self._log), fault.seconds)
            case _:
                self._last(redis.down(server, self._log), fault.seconds)

    def _of_sql(self, kind: FaultKind) -> AbstractContextManager[None]:
        postgres = self._system.postgres
        if postgres is None:
            return sql.locked(self._system.sqlite, self._log)
        return sql.hung(postgres, self._log) if kind is FaultKind.PAUSE else sql.down(postgres, self._log)

    def _kill(self, target: str) -> None:
        if target not in (API, UPKEEP):
            self._wait_for_work(target)
        with self._killing:  # two at once would both find the same one alive, and log one death twice
            victim = self._process(target) if target in (API, UPKEEP) else self._victim(target)
            if not processes.kill(victim.pid, victim.id, self._log):
                self.missed[FaultKind.KILL] += 1

    def _wait_for_work(self, name: str) -> None:
        def at_work() -> bool:
            return any(one.name == name and one.id in self._seen for one in self._system.workers())

        with suppress(TimeoutError):
            until(lambda: self._ending.is_set() or at_work(), f"{name} is at work", seconds=AT_WORK_SECONDS)

    def _victim(self, name: str) -> WorkerProcess:
        """Choose the planned worker or, where it is not at work yet, another one: a kill at birth tries little."""
        alive = [one for one in self._system.workers() if processes.alive(one.pid)] or [self._process(name)]
        return max(alive, key=lambda one: (one.id in self._seen, one.name == name))

    def _process(self, name: str) -> WorkerProcess:
        """Find a process as soon as it lives; raises TimeoutError."""
        found: list[WorkerProcess] = []

        def look() -> bool:
            found[:] = [process for process in self._system.processes() if process.name == name]
            return bool(found)

        until(look, f"{name} is alive", seconds=ALIVE_SECONDS)
        return found[0]

    def _last(self, fault: AbstractContextManager[None], seconds: float) -> None:
        with fault:
            self._ending.wait(seconds)
