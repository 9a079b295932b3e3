"""The circuit breakers that all workers of one backend share: told what happened, they say whether tasks may go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
from redis.asyncio import Redis

from system.policies.breaker import Mode, News, Slot, State, Verdict, failures_in_window, forced, rule_of
from system.queues.connection import redis_errors
from system.queues.functions import Functions
from system.queues.keys import BREAKERS
from system.tasks.breaker import Breaker
from system.tasks.errors import Unsupported

AT_ONCE = 100  # pieces of news in one call


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of news: attempts that ended since the last one, and what became of a probe, or is asked for it."""

    breaker: Breaker
    attempts: int = 0
    failures: int = 0
    news: News = News.NONE
    probe: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one breaker stands, for people; times in ms since 1970."""

    name: str
    state: Mode
    forced: bool
    failures: int
    """In the window; of an open breaker, those that opened it."""
    opened_at: int | None
    retry_at: int | None
    """When the next probe may go; None where that is not a matter of time."""


class Breakers(Protocol):
    """Raises QueueUnavailable where the backend does not answer."""

    async def tell(self, news: Sequence[Said]) -> list[Verdict]:
        """Pass on news and return what follows from each."""

    async def standings(self) -> list[Standing]:
        """Return every breaker that was ever heard of, by name."""

    async def force(self, name: str, mode: Mode | None) -> None:
        """Hold a breaker open or closed; None lets it decide by itself again, beginning with closed."""


class RedisBreakers:
    """The breakers of all workers on one Redis."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis  # the client's types allow for every kind of reply; ours are bytes
        self._functions = Functions(redis)

    async def tell(self, news: Sequence[Said]) -> list[Verdict]:
        """Pass on news; see breaker.lua."""
        verdicts: list[Verdict] = []
        for start in range(0, len(news), AT_ONCE):
            args = [part for said in news[start : start + AT_ONCE] for part in _args(said)]
            verdicts += _verdicts(await self._functions.call("breaker", [BREAKERS], args))
        return verdicts

    async def standings(self) -> list[Standing]:
        """Read them all."""
        with redis_errors():
            states = await self._redis.hgetall(BREAKERS)
            seconds, microseconds = await self._redis.time()
        now = seconds * 1000 + microseconds // 1000
        return [standing(name.decode(), _state(states[name]), now) for name in sorted(states)]

    async def force(self, name: str, mode: Mode | None) -> None:
        """Write what is wanted over what is there."""
        with redis_errors():
            await self._redis.hset(BREAKERS, name, orjson.dumps(forced(mode)))


class NoBreakers:
    """For queues that can't make a task wait: their tasks go whatever happens to the dependency."""

    async def tell(self, news: Sequence[Said]) -> list[Verdict]:
        """Let everything go."""
        return [Verdict(Mode.CLOSED, 0, granted=False) for _ in news]

    async def standings(self) -> list[Standing]:
        """Return nothing."""
        return []

    async def force(self, name: str, mode: Mode | None) -> None:
        """Raise Unsupported."""
        message = f"this kind of queue can't make tasks wait: breaker {name} can't be {mode or 'automatic'}"
        raise Unsupported(message)


def standing(name: str, state: State, now: int) -> Standing:
    """Describe a breaker."""
    is_open = state.mode is Mode.OPEN and not state.forced
    return Standing(
        name=name,
        state=state.mode,
        forced=state.forced,
        failures=failures_in_window(state, now),
        opened_at=state.opened_at or None,
        retry_at=state.retry_at if is_open else None,
    )


def _args(said: Said) -> tuple[Any, ...]:
    return said.breaker.name, *rule_of(said.breaker), said.attempts, said.failures, said.news.value, said.probe


def _verdicts(reply: Sequence[Any]) -> Iterator[Verdict]:
    for at in range(0, len(reply), 3):
        mode, wait, granted = reply[at : at + 3]
        yield Verdict(Mode(mode.decode()), wait, bool(granted))


def _state(text: bytes) -> State:
    fields = orjson.loads(text)
    slots = tuple(Slot(*map(int, slot)) for slot in fields["slots"])  # Lua writes an empty list as {}
    return State(**fields | {"mode": Mode(fields["mode"]), "slots": slots})
