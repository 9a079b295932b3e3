"""Redis away, Redis back: said once, however many calls fail meanwhile, and how long to pause between them."""

from __future__ import annotations

from random import Random
from time import monotonic

import structlog

from system.policies.backoff import delay
from system.tasks.handlers import Retry
from system.worker.clock import Clock

log = structlog.get_logger("worker")

PAUSES = Retry(base=0.1, cap=2.0, jitter="equal")  # a worker must be back within 5 s, but not all in one moment


TELL_AT = 2  # failures in a row: after a restart each connection fails once, and that is no news


class Outage:
    """Who of the worker's parts gets no answer; the queue is back when all do again."""

    def __init__(self, random: Random, clock: Clock = monotonic) -> None:
        self._random = random
        self._clock = clock
        self._failures: dict[str, int] = {}
        self._since: float | None = None

    def failed(self, who: str, error: Exception) -> float:
        """Note that a call of `who` failed; returns the seconds to pause before the next."""
        failures = self._failures[who] = self._failures.get(who, 0) + 1
        if failures == TELL_AT and self._since is None:
            self._since = self._clock()
            log.warning("queue_away", error=str(error) or type(error).__name__)
        return delay(PAUSES, failures, self._random)

    def answered(self, who: str) -> None:
        """Note that a call of `who` was answered."""
        if self._failures.pop(who, 0) and self._since is not None and not self._failures:
            seconds, self._since = self._clock() - self._since, None
            log.warning("queue_back", after_seconds=round(seconds, 1))
