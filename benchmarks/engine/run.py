"""A whole scenario: its trials one after the other, everything they left in one folder, and the worst verdict."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict
from io import StringIO
from typing import Any

from rich.console import Console

from benchmarks.checker import Verdict
from benchmarks.engine.course import Course, table, warnings
from benchmarks.engine.knee import knee
from benchmarks.engine.points import PlannedTrial, trials
from benchmarks.engine.reading import to_text
from benchmarks.engine.scenario import Scenario
from benchmarks.engine.trials.stage import Dropped, Interruption
from benchmarks.engine.trials.trial import SYSTEMS, run_trial
from benchmarks.environment import environment
from benchmarks.records import ResultFolder, TrialRecord
from benchmarks.records.folder import SCENARIO
from system.tasks.errors import TaskLabError

SEVERITY = (Verdict.VALID, Verdict.UNKNOWN, Verdict.INVALID)
SIGNALS = (signal.SIGINT, signal.SIGTERM)
AGAIN = f"tasklab-bench run {SCENARIO}"  # the file lies in the folder


def run_scenario(
    scenario: Scenario, folder: ResultFolder, *, quiet: bool = True, interruption: Interruption | None = None
) -> int:
    """Run a scenario from a program or a notebook; returns the exit code of the worst verdict.

    Raises TaskLabError where the folder has results already, or a system or a load fails.
    """
    return run(scenario, folder, Console(file=StringIO()) if quiet else Console(), interruption=interruption)


def run(
    scenario: Scenario,
    folder: ResultFolder,
    console: Console,
    *,
    command: str = AGAIN,
    interruption: Interruption | None = None,
) -> int:
    """Run a scenario; see run_scenario. Ctrl-C ends it and keeps the trials that were finished.

    `command` is what the report says one should type to run it again.
    """
    interruption = interruption or Interruption()
    if (folder.path / SCENARIO).exists():
        message = f"{folder.path} has the results of another run"
        raise TaskLabError(message)
    # In a thread: the caller may be a notebook, whose own thread runs an event loop already.
    with _interrupting(interruption), ThreadPoolExecutor(1) as thread:
        return thread.submit(_Run(scenario, folder, console, command, interruption).run).result()


class _Run:
    def __init__(
        self, scenario: Scenario, folder: ResultFolder, console: Console, command: str, interruption: Interruption
    ) -> None:
        self._scenario = scenario
        self._folder = folder
        self._console = console
        self._interruption = interruption
        self._planned = trials(scenario)
        self._finished: list[TrialRecord] = []
        self._note: dict[str, Any] = {
            "command": command,
            "seed": scenario.seed,
            "scenario": scenario.plain(),
            "environment": environment(),
            "load_before": list(os.getloadavg()),
            "trials_planned": len(self._planned),
        }

    def run(self) -> int:
        self._write("running")
        self._folder.path.joinpath(SCENARIO).write_text(to_text(self._scenario), "utf-8")
        how = "failed"
        try:
            with Course(self._console, self._scenario, len(self._planned)) as course:
                for trial in self._planned:
                    if self._interruption.asked:
                        break
                    self._one(trial, course)
            how = "interrupted" if self._interruption.asked else "finished"
        finally:
            self._write(how)
            with suppress(OSError):  # what is left of systems is kept
                (self._folder.path / SYSTEMS).rmdir()
        self._console.print(table(self._finished))
        if (found := knee(self._finished)) is not None:
            self._console.print(found.words, highlight=False)
        for line in warnings(self._finished):
            self._console.print(line, highlight=False, soft_wrap=True)
        verdicts = [Verdict(trial.verdict) for trial in self._finished] or [Verdict.UNKNOWN]
        return max(verdicts, key=SEVERITY.index).exit_code

    def _one(self, trial: PlannedTrial, course: Course) -> None:
        course.begin(trial)
        self._interruption.hurries.clear()  # a system is hurried also while it ends, so it does not take itself out
        with suppress(Dropped):
            record = run_trial(self._scenario, trial, self._folder, self._interruption, course.tell)
            self._finished.append(record)
            course.end(record)

    def _write(self, how: str) -> None:
        """Note how it went, from the first moment on: a folder is of use also after a power cut."""
        found = knee(self._finished)
        after: dict[str, Any] = {"knee": None if found is None else asdict(found)}
        after |= {"load_after": list(os.getloadavg()), "trials_finished": len(self._finished), "ended": how}
        self._folder.write_run(self._note | after | {"interrupted": how == "interrupted"})


@contextmanager
def _interrupting(interruption: Interruption) -> Iterator[None]:
    """Have Ctrl-C and SIGTERM ask for the end, where this thread may say so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda *_: interruption.ask()) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
