"""The words of a lesson: up, submit, wait, kill, verdict, sweep, locust, predict, down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import redis

from lab import evidence
from lab.asides import wait_for
from lab.assemble import Asked, assemble
from lab.harm import Harm
from lab.progress import progress
from lab.run import Run, Runs
from lab.stage import NOTHING, ROOT
from lab.systems import System
from system.local.machine import look_around
from system.tasks.errors import TaskLabError


class Lab(Harm):
    """One system at a time, whose every task is accounted for.

        lab = Lab()
        lab.up(workers=3)
        lab.submit("sleep", {"seconds": 0.2}, count=100)
        lab.kill()
        run = lab.verdict()

    Its other words are those of stage.py (up, down, predict), load.py (submit, wait, locust) and harm.py (kill, kills).
    """

    def verdict(self, name: str = "") -> Run:
        """Wait until all is at rest, let the checker judge, and return all that was recorded since `up`."""
        system, asked = self._running(), self._asked
        if asked is None:
            raise TaskLabError(NOTHING)
        for timer in self._timers:
            timer.join()
        with progress("waiting until all is at rest") as tell:
            found = self._evidence(system, lambda is_open: tell(f"{is_open:,} tasks still open"))
            run = assemble(
                name or _name(asked),
                asked,
                evidence=found,
                caller=self._caller,
                faults=self._faults.faults,
                logs=self._logs,
            )
            tell(f"checked {run.trial.accepted:,} tasks: {run.verdict}")
        return run

    def sweep(
        self,
        workers: Sequence[int],
        *,
        mix: str = "io-50ms",
        tasks_per_worker: int = 100,
        repeats: int = 3,
        concurrency: int = 1,
        phase: int = 2,
    ) -> Runs:
        """Drain a backlog with each number of workers, `repeats` times, in random order, by the benchmark engine.

        A mix is `noop`, `io-20ms` (waits) or `cpu-5ms` (computes), with any number. What runs now is ended first.
        """
        from lab.sweep import sweep  # noqa: PLC0415 (SciPy comes along, two seconds that only a sweep needs)

        self.down()
        self._runs += 1
        queue = "memory" if phase == 1 else "leases"
        with progress(f"{len(workers) * repeats} trials to run") as tell:
            runs = sweep(
                self._home.new_system(),
                tell,
                seed=self._runs,
                repeats=repeats,
                workers=list(workers),
                mixes=[mix],
                warm_up=0.5,
                system={"concurrency": concurrency, "queue": queue},
                load=[{"kind": "backlog", "tasks_per_worker": tasks_per_worker}],
            )
            tell(f"{len(runs)} trial{'s' if len(runs) > 1 else ''} run and checked")
        return runs

    def redis_calls(self) -> dict[str, int]:
        """Return how often each command was called since Redis started, by its own counters."""
        with redis.Redis.from_url(self._running().settings.redis_url or "") as client:
            told: Any = client.info("commandstats")
        return {name.removeprefix("cmdstat_"): int(one["calls"]) for name, one in told.items()}

    def cpu(self) -> dict[str, float]:
        """Return the CPU seconds that each process of the running system has used since it started."""
        used = {name: psutil.Process(pid).cpu_times() for name, pid in self._running().pids().items()}
        return {name: times.user + times.system for name, times in used.items()}

    def doctor(self) -> pd.DataFrame:
        """Look at what this machine has, as `tasklab doctor` does."""
        found = [asdict(one) for one in look_around(ROOT, own_server=True)]
        table = pd.DataFrame(found).astype(str).set_index("what")
        table["found"] = table["found"].str.replace(f"{ROOT}, ", "", regex=False)  # a long path helps nobody here
        return table

    def _evidence(self, system: System, tell: Any) -> evidence.Evidence:
        if system.phase > 1:
            return wait_for(evidence.of_phase_two(system.settings, tell))
        if not system.pids():
            return evidence.of_witness(Path(self.journal))
        return evidence.of_phase_one(system.api_url, self._caller.ask)


def _name(asked: Asked) -> str:
    workers = f"{asked.workers} worker{'s' if asked.workers > 1 else ''}"
    return f"Phase {asked.phase}, {asked.queue}, {workers}"
