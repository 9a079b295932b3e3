"""The order of the measurements: round robin over the queues, so that a drifting machine drifts under all."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.catalogue import BY_NAME
from benchmarks.peers.environments import Environment
from benchmarks.peers.results import QueueResult
from benchmarks.peers.server import Server
from benchmarks.peers.summary import medians
from benchmarks.peers.throughput import Cells, Effort, Round
from system.tasks.errors import TaskLabError

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How often, how long and in which order."""

    rounds: int
    effort: Effort
    seed: int

    def turns(self, names: Sequence[str]) -> Iterator[tuple[int, str]]:
        """Give round and queue, each round in a random order of its own: nobody always follows the same neighbour."""
        chance = random.Random(self.seed)  # noqa: S311 (repeatable, not secret)
        for number in range(self.rounds):
            order = list(names)
            chance.shuffle(order)
            yield from ((number, name) for name in order)


def run_rounds(
    plan: Plan,
    environments: dict[str, Environment],
    queues: dict[str, QueueResult],
    *,
    server: Server,
    folder: Path,
    report: Report,
) -> None:
    """Measure; cells are put into `queues` as they are found, and a queue that fails is told of and goes on."""
    for number, name in plan.turns(list(environments)):
        queue, cells = queues[name], Cells()
        known = medians(queue)
        queue.rounds.append(cells)
        begin = time.monotonic()
        current = Round(BY_NAME[name], environments[name], server, folder / name, plan.effort, known)
        try:
            current.run(cells.update)
        except (TaskLabError, TimeoutError, OSError) as error:
            queue.failures.append(f"round {number + 1}: {error}")
        report(
            f"round {number + 1} of {plan.rounds}  {name}  {time.monotonic() - begin:.0f} s  {_glance(queue, cells)}"
        )


def _glance(queue: QueueResult, cells: Cells) -> str:
    parts = [f"{name} {cells[name]:,.0f}/s" for name in ("one", "bulk", "noop_1", "noop_2", "noop_4") if name in cells]
    return "  ".join([*parts, *queue.failures[-1:]])
