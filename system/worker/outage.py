"""Redis away, Redis back: said once, however many calls fail meanwhile, and how long to pause between them."""

from __future__ import annotations

from random import Random
from time import monotonic

import structlog

from system.policies.backoff import delay
from system.tasks.handlers import Retry

log = structlog.get_logger("worker")

PAUSES = Retry(base=0.1, cap=2.0, jitter="equal")  # a worker must be back within 5 s, but not all in one moment


class Outage:
    """Who gets no answer; the queue is back when all do again."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._without_answer: set[str] = set()
        self._since = 0.0

    def began(self, who: str, error: Exception) -> None:
        """Note that a call of `who` failed."""
        if not self._without_answer:
            self._since = monotonic()
            log.warning("queue_away", error=str(error) or type(error).__name__)
        self._without_answer.add(who)

    def ended(self, who: str) -> None:
        """Note that a call of `who` succeeded."""
        if who in self._without_answer:
            self._without_answer.discard(who)
            if not self._without_answer:
                log.warning("queue_back", after_seconds=round(monotonic() - self._since, 1))

    def pause(self, failures: int) -> float:
        """Return the seconds to wait after so many failures in a row."""
        return delay(PAUSES, failures, self._random)
