"""The course of one soak: start, load and faults, heal, drain, gather."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import uvloop
from rich.console import Console

from benchmarks.checker import History
from benchmarks.crash.injector import Injector
from benchmarks.crash.plan import plan
from benchmarks.crash.trial import Trial
from benchmarks.engine.drain import drain
from benchmarks.engine.gather import ends_by_type, gather
from benchmarks.engine.load import LAST_ANSWERS_SECONDS, Load
from benchmarks.engine.onlooker import Onlooker
from benchmarks.engine.progress import phase
from benchmarks.engine.system import System
from benchmarks.faults.log import FaultLog
from benchmarks.faults.schedule import Planned
from system.queues.protocol import Ability
from system.tasks.errors import TaskLabError
from system.wiring import Services, open_services

TICK = 0.25  # seconds between two looks at the counters
DRAIN_SECONDS = 300.0
THREADS = 32  # faults at once


@dataclass(slots=True)
class Course:
    """What happened, beside the history."""

    seconds: float = 0.0
    """How long load and faults lasted; less than planned where the soak was interrupted."""
    drain_seconds: float = 0.0
    planned: list[Planned] = field(default_factory=list)
    missed: dict[str, int] = field(default_factory=dict)
    """Faults that found nobody to hit, by kind."""
    events: dict[str, int] = field(default_factory=dict)
    """What an onlooker saw in the queue's history, by kind."""
    ends_by_type: dict[str, dict[str, int]] = field(default_factory=dict)


def soak(trial: Trial, folder: Path, console: Console) -> tuple[History, Course]:
    """Run a trial on a system in `folder`. Ctrl-C ends load and faults early, a second one the drain."""
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
        self._injector = Injector(system, self._log, folder / "copies")
        self._enough = asyncio.Event()
        self._hurry = asyncio.Event()
        self._course = Course(planned=plan(trial))

    async def run(self) -> tuple[History, Course]:
        self._listen()
        async with open_services(self._system.settings) as services:
            delays = Ability.SCHEDULING in services.queue.abilities
            load = Load(self._system, self._folder, rate=self._trial.rate, seed=self._trial.seed, delays=delays)
            async with _beside(Onlooker(services.queue)) as onlooker:
                with load:
                    await self._break(load, onlooker)
                    await self._last_answers(load)
                drained = await self._drain(services)
            self._course.missed = {str(kind): count for kind, count in self._injector.missed.items()}
            self._course.events = {str(kind): count for kind, count in onlooker.events.items()}
            self._console.print("gathering the records", highlight=False)
            self._course.ends_by_type = await ends_by_type(services)
            history = await gather(
                services,
                load.logs.values(),
                faults=self._log.faults,
                refusals=onlooker.refusals,
                drained=drained,
                lease_seconds=self._trial.shape.lease_seconds,
            )
        return history, self._course

    def _listen(self) -> None:
        def interrupted() -> None:
            (self._hurry if self._enough.is_set() else self._enough).set()

        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, interrupted)

    async def _break(self, load: Load, onlooker: Onlooker) -> None:
        """Let the faults come at their times while the load goes on; return when all is whole again."""
        begun = monotonic()
        loop = asyncio.get_running_loop()
        left = list(reversed(self._course.planned))
        strikes: list[asyncio.Future[None]] = []
        with phase(self._console, "load and faults", self._trial.seconds) as shown, ThreadPoolExecutor(THREADS) as pool:
            while (passed := monotonic() - begun) < self._trial.seconds and not self._enough.is_set():
                while left and left[-1].at <= passed:
                    strikes.append(loop.run_in_executor(pool, self._injector.strike, left.pop()))
                _raise_failures(load, strikes)
                shown.show(self._counters(load, onlooker))
                await _wait(self._enough, TICK)
            self._course.seconds = monotonic() - begun
            load.ask_to_end()
            self._enough.set()
            self._injector.end()
            await asyncio.gather(*strikes)

    async def _last_answers(self, load: Load) -> None:
        with phase(self._console, "last answers") as shown:
            deadline = monotonic() + LAST_ANSWERS_SECONDS
            while not load.ended() and monotonic() < deadline and not self._hurry.is_set():
                shown.show(f"accepted {load.accepted():,}")
                await _wait(self._hurry, TICK)

    async def _drain(self, services: Services) -> bool:
        begun = monotonic()
        with phase(self._console, "drain") as shown:
            draining = asyncio.create_task(drain(services, DRAIN_SECONDS, lambda n: shown.show(f"open {n:,}")))
            hurry = asyncio.create_task(self._hurry.wait())
            await asyncio.wait((draining, hurry), return_when=asyncio.FIRST_COMPLETED)
            hurry.cancel()
            drained = draining.done() and draining.result()
            draining.cancel()
        self._course.drain_seconds = monotonic() - begun
        return drained

    def _counters(self, load: Load, onlooker: Onlooker) -> str:
        faults = self._log.faults
        kills = sum(fault.kind == "kill" for fault in faults)
        stats = onlooker.stats
        waiting = stats.ready + stats.leased + stats.scheduled
        return (
            f"accepted {load.accepted():,}  ended {onlooker.ended:,}  in Redis {waiting:,}  "
            f"kills {kills:,}  other faults {len(faults) - kills:,}  refused {len(onlooker.refusals):,}"
        )


@asynccontextmanager
async def _beside(onlooker: Onlooker) -> AsyncIterator[Onlooker]:
    looking = asyncio.create_task(onlooker.run())
    try:
        yield onlooker
    finally:
        looking.cancel()
        await asyncio.wait([looking])


def _raise_failures(load: Load, strikes: Sequence[asyncio.Future[None]]) -> None:
    for strike in strikes:
        if strike.done():
            strike.result()
    if (failure := load.failed()) is not None:
        raise TaskLabError(failure)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
