"""One crash trial: a worker is killed half a second into a task of three seconds, another one is alive and idle."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from benchmarks.checker import Answer, FaultKind, History, Operation, Report, check, write
from benchmarks.faults.log import FaultLog, now_ms
from benchmarks.faults.waiting import until
from benchmarks.peers.adapter import Adapter
from benchmarks.peers.environments import Environment
from benchmarks.peers.leftovers import is_left
from benchmarks.peers.marks import IO, LONG
from benchmarks.peers.results import CrashResult
from benchmarks.peers.stage import Stage

BEFORE_KILL_SECONDS = 0.5
BEGIN_SECONDS = 30.0
TASK_SECONDS = 3.0
TRAFFIC_SECONDS = 0.5  # between two short tasks, where there is traffic
LOOK_SECONDS = 0.2
TASK = 900_000  # number of the task that matters; the rest count from 0
CRASH_SLOTS = 10


@dataclass(frozen=True, slots=True)
class CrashTrial:
    """A queue with certain settings, with or without other tasks going through it."""

    adapter: Adapter
    environment: Environment
    tuned: bool
    traffic: bool
    watch: float
    """Seconds to wait for the task to run again."""

    @property
    def name(self) -> str:
        """What its folder is called."""
        settings = "tuned" if self.tuned else "default"
        return f"{self.adapter.name}-{settings}-{'traffic' if self.traffic else 'idle'}"


def begin(trial: CrashTrial, current: Stage) -> None:
    """Bring up two workers. Raises Unavailable."""
    current.employ(2, slots=min(CRASH_SLOTS, trial.adapter.slots))


def crash(trial: CrashTrial, current: Stage, folder: Path, halt: Event) -> CrashResult:
    """Submit, kill, watch until `halt` at the longest, and let the checker judge; the history goes into `folder`."""
    log = FaultLog()
    sent_at = now_ms()
    name = current.client.name(LONG, TASK)
    until(lambda: bool(current.marks.journal().runs), "the task begins", seconds=BEGIN_SECONDS)
    time.sleep(BEFORE_KILL_SECONDS)
    victim = current.marks.journal().runs[0].worker or ""
    with log.during(FaultKind.KILL, victim):
        current.kill(victim)
    watched = _watch(trial, current, halt)
    history = current.marks.journal()
    history.operations = [Operation(key=str(TASK), task_id=str(TASK), sent_at=sent_at, answer=Answer.ACKNOWLEDGED)]
    history.faults = log.faults
    over = any(run.outcome for run in history.runs)
    left = not over and is_left(current.server.url, [name, f"{LONG}{TASK:08d}x"])
    # What is still in Redis may run one day: then nobody knows, and the checker is told so.
    history.drained = over or not left
    write(history, folder)
    return _result(trial, check(history), history, watched, left=left)


def _watch(trial: CrashTrial, current: Stage, halt: Event) -> float:
    """Wait until the task has come to an end, or the watch is over; returns how long that was."""
    begin_at = time.monotonic()
    deadline = begin_at + trial.watch
    sent = 0
    while time.monotonic() < deadline and not halt.is_set():
        runs = current.marks.journal().runs
        if any(run.outcome for run in runs):
            break
        if len(runs) > 1:  # it runs again: it may come to its end
            deadline = max(deadline, runs[-1].started_at / 1000 - time.time() + time.monotonic() + TASK_SECONDS + 1)
        if trial.traffic and time.monotonic() - begin_at > sent * TRAFFIC_SECONDS:
            current.client.one(IO, 1, first=sent)
            sent += 1
        halt.wait(LOOK_SECONDS)
    return time.monotonic() - begin_at


def _result(trial: CrashTrial, report: Report, history: History, watched: float, *, left: bool) -> CrashResult:
    seconds = min((takeover.seconds for takeover in report.takeovers), default=None)
    return CrashResult(
        settings="tuned" if trial.tuned else "default",
        traffic=trial.traffic,
        verdict=report.verdict,
        lost=len(report.lost) if history.drained else 0,
        duplicated=max(0, sum(run.outcome is not None for run in history.runs) - 1),
        seconds=seconds,
        watched_s=watched,
        left_in_redis=left,
    )
