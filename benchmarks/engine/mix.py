"""Which tasks a run submits: mostly short ones, some that fail, few that wait, of all priorities; chance decides."""

from __future__ import annotations

import random
from typing import Any

from system.operations.new_task import NewTask
from system.tasks.task import PRIORITIES

SHARES = {"load_noop": 62, "load_sleep": 28, "load_flaky": 7, "load_fail": 2, "load_cpu": 1}
DELAYED_SHARE = 0.03
LONGEST_DELAY = 4.0
LONGEST_SLEEP = 0.8  # so that a kill finds work in hand
ITERATIONS = 20_000  # some 2 ms


class Mix:
    """An endless supply of tasks; `delays` only where the queue can keep them."""

    def __init__(self, chance: random.Random, *, delays: bool) -> None:
        self._chance = chance
        self._delays = delays

    def task(self, mark: str) -> NewTask:
        """Make the next task."""
        (kind,) = self._chance.choices(list(SHARES), list(SHARES.values()))
        delayed = self._delays and self._chance.random() < DELAYED_SHARE
        return NewTask(
            type=kind,
            payload={"mark": mark, **self._arguments(kind)},
            priority=self._chance.choice(PRIORITIES),
            delay=round(self._chance.uniform(0, LONGEST_DELAY), 3) if delayed else None,
        )

    def _arguments(self, kind: str) -> dict[str, Any]:
        match kind:
            case "load_sleep":
                return {"seconds": round(self._chance.uniform(0, LONGEST_SLEEP), 3)}
            case "load_cpu":
                return {"iterations": ITERATIONS}
            case "load_flaky":
                return {"failures": self._chance.choice((1, 2))}
            case _:
                return {}
