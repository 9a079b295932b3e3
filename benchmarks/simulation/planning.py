"""From a seed to a scenario. Each seed draws which kinds of trouble it has at all: many at once hide one another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from random import Random
from typing import get_args

from benchmarks.simulation.scenario import Act, Deed, Scenario, TaskPlan, Weather, WorkerPlan

QUEUES = ("mail", "bulk")
DEEDS: tuple[Deed, ...] = get_args(Deed)
ON_WORKERS = frozenset(DEEDS) - {"cancel", "hold", "hang"}
ENDINGS = ("return", "raise", "give up", "later", "no json", "linger", "cling", "swallow")
CALM = 0.15  # of all seeds
TIMES = dict.fromkeys(DEEDS, (1, 2)) | {"cancel": (2, 4)}
ATTEMPTS = 2  # for which a task has plans of its own; the later ones are like the last


def plan(seed: int) -> Scenario:
    """Draw a scenario."""
    return Planner(seed).scenario()


class Planner:
    """Draws one thing after the other; times are seconds."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._random = Random(f"scenario:{seed}")  # noqa: S311 (repeatable, not secret)
        self._lease = self._random.choice([1.0, 1.0, 2.0, 3.0])
        self._until = self._lease * self._random.uniform(2, 4)
        self._calm = self._likely(CALM)
        self._queues = QUEUES[: self._random.choice([1, 1, 2])]

    def scenario(self) -> Scenario:
        """Draw all."""
        workers, tasks = tuple(self._workers()), tuple(self._tasks())
        deeds = [deed for deed in DEEDS if not self._calm and self._likely(0.3)]
        acts = [self._act(deed, workers, tasks) for deed in deeds for _ in range(self._random.choice(TIMES[deed]))]
        return Scenario(
            seed=self._seed,
            lease_seconds=self._lease,
            step_seconds=self._random.choice([0.0, 0.0, 1e-5, 1e-4]),
            workers=workers,
            tasks=tasks,
            acts=tuple(sorted(acts, key=lambda act: act.at)),
            weather=self._weather(),
            markers=self._likely(0.5),
            upkeep=self._likely(0.3),
            until=self._until,
        )

    def _likely(self, chance: float) -> bool:
        return self._random.random() < chance

    def _workers(self) -> Iterator[WorkerPlan]:
        for number in range(self._random.choice([1, 2, 2, 3])):
            everywhere = number == 0 or self._likely(0.7)
            yield WorkerPlan(
                queues=self._queues if everywhere else (self._random.choice(self._queues),),
                concurrency=self._random.choice([1, 2, 4]),
                grace_seconds=self._random.choice([0.0, 0.5, 2 * self._lease]),
                clock_offset=self._random.uniform(0, 1e6),
            )

    def _tasks(self) -> Iterator[TaskPlan]:
        """Draw some batches; the tasks of some take no time, those of the others up to several leases."""
        random, number = self._random, count(1)
        longest = random.choice([0.01, self._lease / 2, 2.5 * self._lease])
        trouble = random.choice([0.0, 0.2, 0.6])
        for _ in range(random.choice([1, 2, 3, 4])):
            at = random.uniform(0, 0.7 * self._until) if self._likely(0.7) else 0.0
            short = self._likely(0.3)
            for _ in range(random.choice([8, 20] if short else [1, 2, 4, 8])):
                yield self._task(f"t{next(number)}", at, 0.0 if short else longest, trouble)

    def _task(self, task_id: str, at: float, longest: float, trouble: float) -> TaskPlan:
        random = self._random
        return TaskPlan(
            id=task_id,
            at=at,
            queue=random.choice(self._queues),
            priority=random.choice([5, 5, 5, 0, 9]),
            delay=random.uniform(0, self._lease) if self._likely(0.2) else 0.0,
            max_attempts=random.choice([1, 2, 3, 5]),
            timeout=random.uniform(0.01, self._lease) if self._likely(0.15) else None,
            attempts=tuple(
                (random.uniform(0, longest), random.choice(ENDINGS) if self._likely(trouble) else "return")
                for _ in range(ATTEMPTS)
            ),
        )

    def _act(self, deed: Deed, workers: tuple[WorkerPlan, ...], tasks: tuple[TaskPlan, ...]) -> Act:
        random, lease = self._random, self._lease
        at = random.uniform(0, self._until)
        seconds = random.choice([random.uniform(0, lease), random.uniform(0, 3 * lease)])
        if deed in ON_WORKERS:
            return Act(at, deed, str(random.randrange(len(workers))), seconds)
        task = random.choice(tasks)
        if deed == "cancel":  # while it waits or runs, if it is still there
            return Act(task.at + task.delay + seconds, deed, task.id)
        return Act(at, deed, task.queue, seconds)

    def _weather(self) -> Weather:
        random = self._random
        return Weather(
            latency=random.choice([1e-4, 1e-3, 1e-2]),
            slow=self._sometimes(0.2),
            slowest=random.uniform(0.01, 1.5 * self._lease),
            lost_request=self._sometimes(0.1),
            lost_reply=self._sometimes(0.1),
            patience=random.choice([0.3, 1.0, 2.0]) * self._lease,
        )

    def _sometimes(self, chance: float) -> float:
        return 0.0 if self._calm or self._likely(0.5) else self._random.uniform(0, chance)
