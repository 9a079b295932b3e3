"""The course of one trial, from a fresh system to its records."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from pathlib import Path
from time import monotonic

import uvloop

import benchmarks.engine.task_types  # noqa: F401 (registers the task types, so that arguments can be checked)
from benchmarks.checker import Refusal, Verdict
from benchmarks.crash.breaking import Striker
from benchmarks.crash.injector import Injector
from benchmarks.engine.onlooker import Onlooker, beside
from benchmarks.engine.points import PlannedTrial
from benchmarks.engine.scenario import Scenario
from benchmarks.engine.system import Shape, System
from benchmarks.engine.trials.backlog import drain_backlog
from benchmarks.engine.trials.evidence import Evidence, judge
from benchmarks.engine.trials.phase_one import WORKER, PhaseOne, look_over_http
from benchmarks.engine.trials.sampler import Sampler
from benchmarks.engine.trials.scheduled import follow_schedule
from benchmarks.engine.trials.stage import Dropped, Interruption, Running, Stage
from benchmarks.engine.trials.striking import OnlyProcess, Strikes, planned
from benchmarks.engine.trials.usage import Usage
from benchmarks.engine.trials.view import View, look_through_services
from benchmarks.engine.trials.window import Window
from benchmarks.faults.log import FaultLog
from benchmarks.records import Record, ResultFolder, TrialRecord

SYSTEMS = "system"  # folder of their data and logs
PATIENCE_SECONDS = 60.0  # without an end, while it drains


def run_trial(
    scenario: Scenario,
    trial: PlannedTrial,
    folder: ResultFolder,
    interruption: Interruption,
    tell: Callable[[str], None],
) -> TrialRecord:
    """Run a trial and write down all its records. Raises Dropped where it was interrupted, TaskLabError.

    The system's data and logs are thrown away where the verdict is `valid`.
    """
    work = folder.path / SYSTEMS / f"{trial.number:02}"
    history = folder.path / "histories" / f"{trial.number:02}"
    tell("starting the system")
    try:
        with make_system(scenario, trial, work) as system, _hurried(interruption, system):
            course = _Course(scenario, trial, system, history=history, interruption=interruption, tell=tell)
            record, others = uvloop.run(course.run())
            tell("stopping the system")
    except Dropped:
        for left in (work, history):
            shutil.rmtree(left, ignore_errors=True)
        raise
    folder.add([*others, record])
    if record.verdict == Verdict.VALID:
        shutil.rmtree(work)
    return record


@contextmanager
def _hurried(interruption: Interruption, system: Running) -> Iterator[None]:
    """Have the system's end cut short where the trial is dropped, and at a second Ctrl-C."""
    interruption.hurries.append(system.hurry)
    try:
        yield
    except Dropped:
        system.hurry()
        raise


def make_system(scenario: Scenario, trial: PlannedTrial, work: Path) -> System | PhaseOne:
    """Make the system that a point asks for."""
    point = trial.point
    if point.queue == "memory":
        return PhaseOne(work, concurrency=point.concurrency, lease_seconds=point.lease_seconds)
    shape = Shape(
        queue=point.queue,
        database=point.database,
        accept=point.accept,
        workers=point.workers,
        remote=scenario.system.remote,
        concurrency=point.concurrency,
        lease_seconds=point.lease_seconds,
    )
    return System(work, shape)


class _Course:
    def __init__(
        self,
        scenario: Scenario,
        trial: PlannedTrial,
        system: System | PhaseOne,
        *,
        history: Path,
        interruption: Interruption,
        tell: Callable[[str], None],
    ) -> None:
        self._scenario = scenario
        self._trial = trial
        self._system = system
        self._history = history
        self._interruption = interruption
        self._tell = tell
        self._log = FaultLog()

    async def run(self) -> tuple[TrialRecord, list[Record]]:
        """Load, drain, judge."""
        self._history.mkdir(parents=True, exist_ok=True)
        if isinstance(self._system, PhaseOne):
            async with look_over_http(self._system) as over_http:
                strikes = self._strikes([WORKER], OnlyProcess(self._system, self._log))
                return await self._run(over_http, strikes, nullcontext(), [])
        async with look_through_services(self._system.settings) as view:
            onlooker = Onlooker(view.services.queue)
            copies = self._system.folder / "copies"
            injector = Injector(self._system, self._log, seen=onlooker.workers, copies=copies)
            shape = self._system.shape
            strikes = self._strikes(shape.local_workers + shape.remote_workers, injector)
            # It reads every event; where nothing is broken it would only cost time of the cores that are measured.
            looking = beside(onlooker) if strikes.planned else nullcontext()
            return await self._run(view, strikes, looking, onlooker.refusals)

    def _strikes(self, workers: Sequence[str], striker: Striker) -> Strikes:
        seconds, seed = self._trial.point.load.measured, self._trial.seed
        return Strikes(planned(self._scenario.faults, workers, seconds=seconds, seed=seed), striker, self._log)

    async def _run(
        self, view: View, strikes: Strikes, looking: AbstractAsyncContextManager[object], refusals: list[Refusal]
    ) -> tuple[TrialRecord, list[Record]]:
        stage = self._stage(view)
        sampling = asyncio.create_task(stage.sampler.run())
        try:
            async with looking:
                window = await self._load(stage, strikes)
                drained, drain_s = await self._rest(stage)
        finally:
            stage.sampler.stop()
            await asyncio.wait([sampling])
        self._tell("judging")
        evidence = Evidence(window=window, faults=self._log.faults, refusals=refusals, drained=drained, drain_s=drain_s)
        async with view.record() as services:
            return await judge(self._trial, services, evidence, stage.sampler, self._history)

    def _stage(self, view: View) -> Stage:
        generator: dict[str, int] = {}
        usage = Usage(lambda: {**self._system.roles(), **generator})
        return Stage(
            trial=self._trial,
            warm_up=self._scenario.warm_up,
            priorities=self._scenario.priorities,
            system=self._system,
            view=view,
            sampler=Sampler(view, usage, lambda: len(self._system.workers())),
            logs=self._history,
            generator=generator,
            interruption=self._interruption,
            tell=self._tell,
        )

    async def _load(self, stage: Stage, strikes: Strikes) -> Window:
        if self._trial.point.load.kind == "backlog":
            return await drain_backlog(stage)
        return await follow_schedule(stage, strikes)

    async def _rest(self, stage: Stage) -> tuple[bool, float]:
        begun, hurry = monotonic(), asyncio.Event()

        def tell(left: int) -> None:
            self._tell(f"coming to rest, {left:,} open")
            if self._interruption.asked > 1:
                hurry.set()

        drained = await stage.view.rest(PATIENCE_SECONDS, hurry, tell)
        if hurry.is_set():
            raise Dropped
        return drained, monotonic() - begun
