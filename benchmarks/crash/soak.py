"""The course of one soak: start, load and faults, last answers, drain, gather."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import uvloop
from rich.console import Console

from benchmarks.checker import FaultKind, History
from benchmarks.crash.breaking import TICK, break_it, wait
from benchmarks.crash.injector import Injector
from benchmarks.crash.plan import plan
from benchmarks.crash.trial import Trial
from benchmarks.engine.drain import drain
from benchmarks.engine.gather import ends_by_type, gather
from benchmarks.engine.load import LAST_ANSWERS_SECONDS, Load
from benchmarks.engine.onlooker import Onlooker, beside
from benchmarks.engine.progress import phase
from benchmarks.engine.system import System
from benchmarks.faults.log import FaultLog
from system.queues.protocol import Ability
from system.wiring import Services, open_services

PATIENCE_SECONDS = 120.0  # without an end, while it drains


@dataclass(slots=True)
class Course:
    """How a soak went, beside its history."""

    seconds: float = 0.0
    """How long load and faults lasted; less than planned where the soak was interrupted."""
    trouble: str = ""
    """What ended load and faults early, if anything of the soak's own did."""
    drain_seconds: float = 0.0
    planned: dict[str, int] = field(default_factory=dict)
    """Faults by kind."""
    missed: dict[str, int] = field(default_factory=dict)
    """Those that found nobody to hit."""
    events: dict[str, int] = field(default_factory=dict)
    """What an onlooker saw in the queue's history, by kind."""
    ends_by_type: dict[str, dict[str, int]] = field(default_factory=dict)


def soak(trial: Trial, folder: Path, console: Console) -> tuple[History, Course]:
    """Run a trial in `folder`. Ctrl-C ends load and faults early, a second one the drain."""
    console.print("starting the system", highlight=False)
    with System(folder / "system", trial.shape) as system:
        return uvloop.run(_Soak(trial, system, folder, console).run())


class _Soak:
    def __init__(self, trial: Trial, system: System, folder: Path, console: Console) -> None:
        self._trial = trial
        self._system = system
        self._folder = folder
        self._console = console
        self._log = FaultLog()
        self._course = Course()
        self._enough = asyncio.Event()
        self._hurry = asyncio.Event()

    async def run(self) -> tuple[History, Course]:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._interrupted)
        async with open_services(self._system.settings) as services:
            delays = Ability.SCHEDULING in services.queue.abilities
            load = Load(self._system, self._folder, rate=self._trial.rate, seed=self._trial.seed, delays=delays)
            async with beside(Onlooker(services.queue)) as onlooker:
                with load:
                    await self._break(load, onlooker)
                    await self._last_answers(load)
                drained = await self._drain(services)
            self._course.events = _counts(onlooker.events)
            return await self._gather(services, load, onlooker, drained=drained), self._course

    def _interrupted(self) -> None:
        (self._hurry if self._enough.is_set() else self._enough).set()

    async def _break(self, load: Load, onlooker: Onlooker) -> None:
        injector = Injector(self._system, self._log, seen=onlooker.workers, copies=self._system.folder / "copies")
        planned = plan(self._trial)
        with phase(self._console, "load and faults", self._trial.seconds) as shown:

            def look() -> None:
                load.check()
                shown.show(_counters(load, onlooker, self._log))

            begun = monotonic()
            try:
                await break_it(planned, injector, seconds=self._trial.seconds, enough=self._enough, look=look)
            except Exception as error:  # noqa: BLE001 (whatever it is, what was measured so far must not be lost)
                self._course.trouble = f"{type(error).__name__}: {error}"
                self._console.print(f"ended early: {self._course.trouble}", highlight=False, soft_wrap=True)
            self._course.seconds = monotonic() - begun
        self._enough.set()
        self._course.planned = _counts({kind: sum(fault.kind is kind for fault in planned) for kind in FaultKind})
        self._course.missed = _counts(injector.missed)

    async def _last_answers(self, load: Load) -> None:
        load.ask_to_end()
        deadline = monotonic() + LAST_ANSWERS_SECONDS
        with phase(self._console, "last answers") as shown:
            while not load.ended() and monotonic() < deadline and not self._hurry.is_set():
                shown.show(f"accepted {load.accepted():,}")
                await wait(self._hurry, TICK)

    async def _drain(self, services: Services) -> bool:
        begun = monotonic()
        with phase(self._console, "drain") as shown:
            drained = await drain(
                services, PATIENCE_SECONDS, hurry=self._hurry, tell=lambda count: shown.show(f"open {count:,}")
            )
        self._course.drain_seconds = monotonic() - begun
        return drained

    async def _gather(self, services: Services, load: Load, onlooker: Onlooker, *, drained: bool) -> History:
        self._console.print("gathering the records", highlight=False)
        self._course.ends_by_type = await ends_by_type(services)
        return await gather(
            services,
            load.logs.values(),
            faults=self._log.faults,
            refusals=onlooker.refusals,
            drained=drained,
            lease_seconds=self._trial.shape.lease_seconds,
        )


def _counters(load: Load, onlooker: Onlooker, log: FaultLog) -> str:
    faults, stats = log.faults, onlooker.stats
    kills = sum(fault.kind is FaultKind.KILL for fault in faults)
    return (
        f"accepted {load.accepted():,}  ended {onlooker.ended:,}  "
        f"in Redis {stats.ready + stats.leased + stats.scheduled:,}  "
        f"kills {kills:,}  other faults {len(faults) - kills:,}  refused {len(onlooker.refusals):,}"
    )


def _counts(counts: Mapping[Any, int]) -> dict[str, int]:
    return {str(name): count for name, count in counts.items() if count}
