"""The circuit breakers of one process, for Phase 1: the same state machine, in a dict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

from system.policies.breaker import Mode, State, Verdict, forced, rule_of, step, verdict
from system.queues.breakers import Said, Standing, standing


class MemoryBreakers:
    """Implements queues.breakers.Breakers; `clock` gives seconds since 1970 (UTC)."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._states: dict[str, State] = {}
        self._lock = Lock()

    async def tell(self, news: Sequence[Said]) -> list[Verdict]:
        """Pass on news and return what follows from each."""
        with self._lock:
            now = self._now()
            return [self._tell(said, now) for said in news]

    async def standings(self) -> list[Standing]:
        """Return every breaker that was ever heard of, by name."""
        with self._lock:
            return [standing(name, state, self._now()) for name, state in sorted(self._states.items())]

    async def force(self, name: str, mode: Mode | None) -> None:
        """Hold a breaker open or closed; None lets it decide by itself again."""
        with self._lock:
            self._states[name] = forced(mode)

    def _tell(self, said: Said, now: int) -> Verdict:
        state = step(
            self._states.get(said.breaker.name, State()),
            rule_of(said.breaker),
            now,
            attempts=said.attempts,
            failures=said.failures,
            news=said.news,
            probe=said.probe,
        )
        self._states[said.breaker.name] = state
        return verdict(state, now, said.probe)

    def _now(self) -> int:
        return int(self._clock() * 1000)
