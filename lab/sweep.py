"""Sweeps: the same load on systems that differ in one thing, run by the benchmark engine and read back as frames."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console

from benchmarks.engine.run import run
from benchmarks.engine.scenario import Scenario
from benchmarks.engine.trials.stage import Interruption
from benchmarks.records import (
    AttemptRecord,
    FaultRecord,
    Record,
    RequestRecord,
    ResultFolder,
    SampleRecord,
    TaskRecord,
    TrialRecord,
)
from lab.run import Run, Runs, frame

R = TypeVar("R", bound=Record)
LOOK_SECONDS = 0.2


def sweep(path: Path, tell: Callable[[str], None], **asked: Any) -> Runs:
    """Run a scenario of the engine, in a fresh folder, and return what it recorded; `asked` are Scenario's fields."""
    silent = Console(file=StringIO(), force_jupyter=False)  # by itself it finds the notebook and prints there
    scenario = Scenario.model_validate({"name": "lesson", "question": "?", "seconds": 60, **asked})
    folder, interruption = ResultFolder(path), Interruption()
    errors: list[BaseException] = []

    def work() -> None:
        try:
            run(scenario, folder, silent, interruption=interruption)
        except BaseException as error:  # noqa: BLE001 (it is raised where it can be seen)
            errors.append(error)

    # Beside this thread, which shows how far it is and which alone hears "interrupt the kernel".
    running = threading.Thread(target=work)
    running.start()
    try:
        while running.is_alive():
            tell(f"{len(folder.read(TrialRecord))} trials run")
            time.sleep(LOOK_SECONDS)
    except KeyboardInterrupt:
        interruption.ask()
        interruption.ask()
        raise
    finally:
        running.join()
    if errors:
        raise errors[0]
    return read(folder)


def read(folder: ResultFolder) -> Runs:
    """Read any result folder of the engine: `tasklab-bench run` leaves them too."""
    trials = folder.read(TrialRecord)
    kinds = (TaskRecord, AttemptRecord, RequestRecord, FaultRecord, SampleRecord)
    by_kind: dict[type[Any], Sequence[Any]] = {kind: folder.read(kind) for kind in kinds}

    def of(kind: type[Any], trial: TrialRecord) -> Any:
        return frame(kind, [record for record in by_kind[kind] if record.trial == trial.trial])

    runs = tuple(
        Run(
            name=trial.point,
            trial=trial,
            tasks=of(TaskRecord, trial),
            attempts=of(AttemptRecord, trial),
            requests=of(RequestRecord, trial),
            faults=of(FaultRecord, trial),
            samples=of(SampleRecord, trial),
        )
        for trial in trials
    )
    return Runs(trials=frame(TrialRecord, trials), runs=runs)
