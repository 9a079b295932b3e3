"""What is broken while a trial is measured, and when: from the scenario's table of faults and the trial's seed."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import psutil

from benchmarks.checker import FaultKind
from benchmarks.crash.breaking import Striker, break_it, wait
from benchmarks.engine.scenario import FaultPlan
from benchmarks.engine.trials.phase_one import PhaseOne
from benchmarks.faults import processes
from benchmarks.faults.log import FaultLog
from benchmarks.faults.schedule import Planned

WORKER = "worker"


def planned(plans: Sequence[FaultPlan], workers: Sequence[str], *, seconds: float, seed: int) -> list[Planned]:
    """Plan a trial's faults; chance chooses among the workers, and the moment in each stretch of `every` seconds."""
    found = [fault for number, plan in enumerate(plans) for fault in _one(plan, workers, seconds, f"{seed}:{number}")]
    return sorted(found, key=lambda fault: fault.at)


def _one(plan: FaultPlan, workers: Sequence[str], seconds: float, seed: str) -> Iterator[Planned]:
    chance = random.Random(seed)  # noqa: S311 (repeatable, not secret)
    times = list(plan.at)
    if plan.every is not None:
        times = [(number + chance.random()) * plan.every for number in range(int(seconds / plan.every))]
    for at in times:
        target = chance.choice(workers) if plan.target == WORKER else plan.target
        yield Planned(at=at, kind=plan.kind, target=target, seconds=plan.lasts)


@dataclass(slots=True)
class Strikes:
    """The planned faults of one trial, and who carries them out."""

    planned: Sequence[Planned] = ()
    striker: Striker | None = None
    log: FaultLog = field(default_factory=FaultLog)

    @asynccontextmanager
    async def beside(self, began_at: float, seconds: float) -> AsyncIterator[None]:
        """Strike from `began_at` (since 1970) on, for so long or until the block ends; all is whole afterwards."""
        enough = asyncio.Event()
        task = asyncio.create_task(self._strike(began_at, seconds, enough))
        try:
            yield
        finally:
            enough.set()
            await task

    async def _strike(self, began_at: float, seconds: float, enough: asyncio.Event) -> None:
        if self.striker is not None and self.planned:
            await wait(enough, began_at - time.time())
            await break_it(self.planned, self.striker, seconds=seconds, enough=enough, look=lambda: None)


class OnlyProcess:
    """Strikes the one process of Phase 1."""

    def __init__(self, system: PhaseOne, log: FaultLog) -> None:
        self._system = system
        self._log = log
        self._ending = threading.Event()

    def end(self) -> None:
        """Cut short what still lasts."""
        self._ending.set()

    def strike(self, fault: Planned) -> None:
        """Kill or pause it, if it is alive."""
        with suppress(psutil.Error, TimeoutError):
            for worker in self._system.workers():
                if fault.kind is FaultKind.KILL:
                    processes.kill(worker.pid, worker.id, self._log)
                else:
                    with processes.paused(worker.pid, worker.id, self._log):
                        self._ending.wait(fault.seconds)
