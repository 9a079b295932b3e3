"""Says once that a service is away and once that it is back, however many jobs notice and however often."""

from __future__ import annotations

from collections import defaultdict

import structlog

from system.tasks.errors import QueueUnavailable, StoreUnavailable

log = structlog.get_logger(__name__)


class Outages:
    """What is wrong right now, and which jobs suffer from it."""

    def __init__(self) -> None:
        self._sufferers: defaultdict[str, set[str]] = defaultdict(set)

    def failed(self, job: str, error: Exception) -> None:
        """Note that a job failed."""
        what = _name(error)
        if not self._sufferers[what]:
            known = isinstance(error, QueueUnavailable | StoreUnavailable)
            log.error("away", what=what, job=job, error=str(error), exc_info=None if known else error)
        self._sufferers[what].add(job)

    def worked(self, job: str) -> None:
        """Note that a job did its work: it suffers from nothing any more."""
        for what, sufferers in self._sufferers.items():
            if job in sufferers:
                sufferers.discard(job)
                if not sufferers:
                    log.info("back", what=what)


def _name(error: Exception) -> str:
    if isinstance(error, QueueUnavailable):
        return "Redis"
    return "SQL" if isinstance(error, StoreUnavailable) else type(error).__name__
