"""In which order a worker asks its queues: always the same, or the first by weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from system.policies.shares import pick


class Rota:
    """The order for each claim. Without weights it is the given one, and a later queue waits for the earlier ones."""

    def __init__(self, queues: Sequence[str], weights: Mapping[str, int] | None = None) -> None:
        self._queues = list(queues)
        self._weights = {name: weights[name] for name in queues} if weights else None
        self._turn = 0

    def next(self) -> Sequence[str]:
        """Return all queues, whose turn it is first."""
        if self._weights is None:
            return self._queues
        self._turn += 1
        first = pick(self._weights, self._turn)
        return [first, *(name for name in self._queues if name != first)]
