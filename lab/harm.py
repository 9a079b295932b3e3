"""Harm to the running system: `kill -9`, now, later, or by a seeded plan; each into the log that the checker reads."""

from __future__ import annotations

import random
import threading
from collections import Counter

from benchmarks.faults.waiting import until
from lab.load import Load
from lab.systems import EVERYTHING


class Harm(Load):
    """Kills."""

    def kill(self, name: str = "", *, after: float = 0.0) -> str:
        """`kill -9` a process: a worker, "api", "upkeep", "redis", "everything"; by default the busiest worker.

        `after` seconds, if given, while the next lines already run. Returns the name.
        """
        if after:
            timer = threading.Timer(after, self._kill, (name,))
            self._timers.append(timer)
            timer.start()
            return f"{name or 'the busiest worker'} in {after:g} s"
        return self._kill(name)

    def kills(self, count: int, seconds: float, *, seed: int) -> list[tuple[float, str]]:
        """Plan kills of workers over the next seconds, while the next lines already run; a seed is a plan.

        Returns when (seconds from now) and whom. A planned worker that is just being started again is waited for.
        """
        chance = random.Random(seed)  # noqa: S311 (repeatable)
        names = sorted(self.workers())
        plan = sorted((round(chance.uniform(0, seconds), 2), chance.choice(names)) for _ in range(count))
        for at, name in plan:
            timer = threading.Timer(at, self._kill, (name,))
            self._timers.append(timer)
            timer.start()
        return plan

    def _kill(self, name: str) -> str:
        system = self._running()
        if name not in {"", EVERYTHING}:
            until(lambda: name in system.pids(), f"{name} is alive")
        victim = name or self._busiest()
        system.kill(victim, self._faults)
        return victim

    def _busiest(self) -> str:
        """Return the worker with the most tasks in hand, once one has any."""
        found: list[str] = []

        def look() -> bool:
            names = {worker.id: worker.name for worker in self._running().workers()}
            holding = Counter(task["worker"] for task in self._find(status="running") if task["worker"] in names)
            found[:] = [names[worker] for worker, _ in holding.most_common(1)]
            return bool(found)

        until(look, "a worker has something in hand")
        return found[0]
