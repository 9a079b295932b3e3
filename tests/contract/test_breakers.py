"""Breakers of a backend: shared by all who look at it, the same in memory and in Redis."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError

from system.policies.breaker import Mode, News
from system.queues.breakers import Breakers, NoBreakers, RedisBreakers, Said
from system.queues.functions import Functions
from system.queues.keys import BREAKERS
from system.queues.memory_breakers import MemoryBreakers
from system.tasks.breaker import Breaker
from system.tasks.errors import Unsupported
from tests.contract.effort import tries
from tests.contract.queue_kit import eventually

SHOP = Breaker("shop", minimum=2, pause=0.1, window=60)
SLOW = replace(SHOP, pause=1_000, longest_pause=4_000, window=100_000)  # nothing in it comes by time


@pytest.fixture(params=["memory", "redis"])
async def breakers(request: pytest.FixtureRequest) -> AsyncIterator[Breakers]:
    """Give the breakers of an empty backend."""
    if request.param == "memory":
        yield MemoryBreakers(time.time)
        return
    async with Redis.from_url(request.getfixturevalue("redis_url")) as redis:
        yield RedisBreakers(redis)


async def test_it_opens_for_all_and_closes_by_a_probe(breakers: Breakers) -> None:
    """Closed, open for its pause, half open for one, closed again."""
    (closed,) = await breakers.tell([Said(SHOP, 1, 0)])
    assert closed == (Mode.CLOSED, 0, False)
    (opened,) = await breakers.tell([Said(SHOP, 1, 1)])
    assert opened.mode is Mode.OPEN
    assert 0 < opened.wait <= 100

    async def granted() -> bool:
        (answer,) = await breakers.tell([Said(SHOP, news=News.ASK, probe="a")])
        return answer.granted

    assert await eventually(granted)
    others = await breakers.tell([Said(SHOP, news=News.ASK, probe=name) for name in ("b", "c")])
    assert others == [(Mode.HALF_OPEN, 0, False)] * 2
    (closed,) = await breakers.tell([Said(SHOP, news=News.SUCCEEDED, probe="a")])
    assert closed.mode is Mode.CLOSED


async def test_where_they_stand(breakers: Breakers) -> None:
    """By name, with what opened them, since when, and until when they wait."""
    assert await breakers.standings() == []
    await breakers.tell([Said(SLOW, 3, 3), Said(Breaker("mail"), 4, 1)])
    mail, shop = await breakers.standings()
    assert (mail.name, mail.state, mail.failures, mail.opened_at, mail.retry_at) == ("mail", "closed", 1, None, None)
    assert (shop.name, shop.state, shop.forced, shop.failures) == ("shop", "open", False, 3)
    assert shop.opened_at == pytest.approx(time.time() * 1000, abs=5_000)
    assert shop.retry_at == (shop.opened_at or 0) + 1_000_000


async def test_by_hand(breakers: Breakers) -> None:
    """Held open or closed whatever happens, until it may decide for itself again."""
    await breakers.force("shop", Mode.OPEN)
    assert (await breakers.tell([Said(SLOW, 9, 0, News.ASK, "a")])) == [(Mode.OPEN, 0, False)]
    await breakers.force("shop", Mode.CLOSED)
    assert (await breakers.tell([Said(SLOW, 9, 9)])) == [(Mode.CLOSED, 0, False)]
    (standing,) = await breakers.standings()
    assert (standing.state, standing.forced, standing.opened_at, standing.retry_at) == ("closed", True, None, None)
    await breakers.force("shop", None)
    assert (await breakers.tell([Said(SLOW, 9, 9)]))[0].mode is Mode.OPEN


async def test_queues_without_delays_have_none() -> None:
    """What can't make a task wait does not pretend to."""
    breakers = NoBreakers()
    assert await breakers.tell([Said(SHOP, 9, 9)]) == [(Mode.CLOSED, 0, False)]
    assert await breakers.standings() == []
    with pytest.raises(Unsupported):
        await breakers.force("shop", Mode.OPEN)


said = st.builds(
    lambda attempts, failures, news, probe, breaker: Said(breaker, attempts, min(attempts, failures), news, probe),
    st.integers(0, 3),
    st.integers(0, 3),
    st.sampled_from(News),
    st.sampled_from(["a", "b", ""]),
    st.sampled_from([SLOW, replace(SLOW, name="mail", minimum=5, failure_rate=0.9, pause=0.001, longest_pause=0.001)]),
)


def test_lua_and_python_are_one_state_machine(redis_url: str) -> None:
    """Any story, where nothing hangs on the moment, is told the same by both."""
    with asyncio.Runner() as runner:
        redis: Redis = Redis.from_url(redis_url, retry=Retry(NoBackoff(), 0))
        both = RedisBreakers(redis), MemoryBreakers(time.time)

        async def play(story: list[list[Said]]) -> None:
            await redis.delete(BREAKERS)
            both[1].__init__(time.time)  # type: ignore[misc]
            for news in story:
                answers = [[(one.mode, one.granted) for one in await each.tell(news)] for each in both]
                assert answers[0] == answers[1], news
                seen = [[(one.name, one.state, one.failures) for one in await each.standings()] for each in both]
                assert seen[0] == seen[1]
                await asyncio.sleep(0.002)  # the short pause is over for both

        @tries(100)
        @given(st.lists(st.lists(said, min_size=1, max_size=1), max_size=20))
        def whatever(story: list[list[Said]]) -> None:
            runner.run(play(story))

        whatever()
        runner.run(redis.aclose())


@pytest.mark.parametrize(
    ("at", "wrong"),
    [
        (0, b'a"'),
        (0, b""),
        (1, b"0"),
        (1, b"1000001"),
        (2, b"x"),
        (3, b"1"),
        (4, b"-1"),
        (6, b"1.5"),
        (8, b"closed"),
        (9, b"\n"),
        (9, None),
    ],
)
async def test_the_function_refuses_what_is_wrong(redis_url: str, at: int, wrong: bytes | None) -> None:
    """Whatever is not as it must be changes nothing, also where the news before it was right."""
    right: list[bytes | None] = [b"shop", b"500000", b"2", b"60000", b"100", b"100", b"1", b"1", b"none", b""]
    second = [*right[:at], wrong, *right[at + 1 :]]
    async with Redis.from_url(redis_url) as redis:
        call = Functions(redis).call
        with pytest.raises(ResponseError):
            await call("breaker", [BREAKERS], [part for part in [*right, *second] if part is not None])
        with pytest.raises(ResponseError):
            await call("breaker", [BREAKERS, "{tl:breakers}:more"], right)
        assert await redis.keys("*") == []
