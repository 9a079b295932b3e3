"""How much a measurement does, and the tasks it does it with."""

from __future__ import annotations

from dataclasses import dataclass

import system.workloads  # noqa: F401 (registers the type of task that all have)
from system.operations.ids import new_id
from system.operations.new_task import NewTask
from system.tasks.task import DEFAULT_QUEUE, Task

PAYLOAD = {"text": "x" * 88}  # 100 bytes of JSON


@dataclass(frozen=True, slots=True)
class Amount:
    """A scale of 1 is enough for steady numbers, a hundredth for trying the program."""

    scale: float = 1.0

    def of(self, count: int, multiple: int = 1) -> int:
        """Return a count at this scale, a multiple of `multiple` and never less than that."""
        return max(multiple, round(count * self.scale) // multiple * multiple)

    def seconds(self, seconds: float) -> float:
        """Return a length of time at this scale, never less than half a second."""
        return max(0.5, seconds * self.scale)


def echo(queue: str = DEFAULT_QUEUE) -> NewTask:
    """Return a task with a payload of 100 bytes."""
    return NewTask(type="echo", payload=PAYLOAD, queue=queue)


def tasks(count: int, queue: str = DEFAULT_QUEUE) -> list[Task]:
    """Return tasks with a payload of 100 bytes, as a submit makes them."""
    new = echo(queue)
    return [new.to_task(new_id(), owner=None, now_ms=0) for _ in range(count)]
