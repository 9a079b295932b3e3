"""What one worker knows of one circuit breaker, and what it has yet to tell about it."""

from __future__ import annotations

import asyncio
import math

from system.policies.breaker import Mode, News, Verdict
from system.queues.breakers import Said
from system.tasks.breaker import Breaker

FRESH_SECONDS = 1.0  # a look that is older is not gone by


class Sight:
    """The last look at a breaker, by the worker's clock, and the news since."""

    def __init__(self, breaker: Breaker) -> None:
        self.breaker = breaker
        self.asking = asyncio.Lock()
        self.probe = ""
        """The task of this worker that is the probe, while it runs."""
        self._closed = False
        self._looked = -math.inf
        self._ask_at = -math.inf
        self._attempts = 0
        self._failures = 0
        self._ended: list[Said] = []

    def clear(self, now: float) -> bool:
        """Whether tasks may go, by a look that is fresh."""
        return self._closed and now - self._looked < FRESH_SECONDS

    def pause(self, now: float) -> float | None:
        """Return in how many seconds to ask again; None: it is to be asked now."""
        if now - self._looked >= FRESH_SECONDS or (not self._closed and now >= self._ask_at):
            return None
        return max(0.0, self._ask_at - now)

    def heard(self, verdict: Verdict, now: float) -> None:
        """Keep an answer."""
        self._looked = now
        self._closed = verdict.mode is Mode.CLOSED
        self._ask_at = now + (verdict.wait / 1000 or FRESH_SECONDS)

    def ended(self, what: News, probe: str) -> None:
        """Note what became of an attempt; DROPPED says nothing of the dependency."""
        if probe:
            self._ended.append(self.said(what, probe))
            self.probe = "" if self.probe == probe else self.probe  # a given up one may end late
        elif what is not News.DROPPED:
            self._attempts += 1
            self._failures += what is News.FAILED

    @property
    def has_news(self) -> bool:
        """Whether there is something to tell; a probe that runs is to be spoken for."""
        return bool(self._attempts or self._ended or self.probe)

    def said(self, news: News, probe: str) -> Said:
        """Write news of a probe."""
        return Said(self.breaker, news=news, probe=probe)

    def take_news(self) -> list[Said]:
        """Return all that is to be told, once."""
        counted = [Said(self.breaker, self._attempts, self._failures)] if self._attempts else []
        kept = [self.said(News.KEEP, self.probe)] if self.probe else []
        news = [*counted, *self._ended, *kept]
        self._attempts = self._failures = 0
        self._ended = []
        return news

    def untold(self, said: Said) -> None:
        """Take back what could not be told; that a probe runs can be said again by itself."""
        if said.attempts:
            self._attempts += said.attempts
            self._failures += said.failures
        elif said.news is not News.KEEP:
            self._ended.insert(0, said)
