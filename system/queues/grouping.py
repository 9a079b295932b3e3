"""Which items of one call belong to which named queue: a call may be about several, but its answers keep its order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence, Sized

from system.tasks.task import Task


def places_by_queue(tasks: Iterable[Task]) -> dict[str, list[int]]:
    """Return, by named queue, the places of its tasks among those given."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, task in enumerate(tasks):
        places[task.queue].append(place)
    return places


def each(seconds: float | Sequence[float], items: Sized) -> Sequence[float]:
    """Return a pause for each item, where one was given for all."""
    return seconds if isinstance(seconds, Sequence) else [seconds] * len(items)
