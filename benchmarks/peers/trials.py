"""All crash trials at once: they mostly wait, each on a Redis of its own; only their starts are taken in turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Semaphore

from benchmarks.peers.adapter import Part
from benchmarks.peers.catalogue import BY_NAME
from benchmarks.peers.environments import Environment
from benchmarks.peers.results import CrashResult
from benchmarks.peers.server import quiet_server
from benchmarks.peers.stage import stage
from benchmarks.peers.trial import CrashTrial, begin, crash
from system.tasks.errors import TaskLabError

STARTS_AT_ONCE = 2  # starting is the only busy part, and the machine may have two cores

Found = Callable[[str, CrashResult], None]


def planned(environments: dict[str, Environment], watch: float) -> list[CrashTrial]:
    """Return the trials of all queues: default and tuned, idle and with traffic."""
    return [
        CrashTrial(BY_NAME[name], environment, tuned, traffic, watch)
        for name, environment in environments.items()
        if Part.CRASH in BY_NAME[name].parts
        for tuned in ((False, True) if BY_NAME[name].crash_tuned else (False,))
        for traffic in (False, True)
    ]


def run_all(trials: Sequence[CrashTrial], folder: Path, at_once: int, found: Found) -> None:
    """Run trials; `found` is called in this thread as each one ends. Ctrl-C ends those that run."""
    turns, halt = Semaphore(STARTS_AT_ONCE), Event()
    with ThreadPoolExecutor(at_once) as pool:
        running = {pool.submit(_run, trial, folder / trial.name, turns, halt): trial for trial in trials}
        try:
            for future in as_completed(running):
                found(running[future].adapter.name, future.result())
        except BaseException:
            halt.set()
            pool.shutdown(cancel_futures=True)
            raise


def _run(trial: CrashTrial, folder: Path, turns: Semaphore, halt: Event) -> CrashResult:
    try:
        with TemporaryDirectory(prefix="tasklab-") as scratch, ExitStack() as undo:
            with turns:
                server = undo.enter_context(quiet_server(Path(scratch, "redis")))
                current = undo.enter_context(
                    stage(trial.adapter, trial.environment, server, Path(scratch, "stage"), tuned=trial.tuned)
                )
                begin(trial, current)
            return crash(trial, current, folder, halt)
    except (TaskLabError, TimeoutError, OSError) as error:
        return CrashResult(
            settings="tuned" if trial.tuned else "default", traffic=trial.traffic, verdict="failed", reason=str(error)
        )
