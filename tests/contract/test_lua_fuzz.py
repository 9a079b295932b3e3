"""The Lua functions under arguments that no LeaseQueue would send.

Redis does not roll a failed function back. So each one must refuse what it can't do before it writes anything, or do
it and leave the queue in order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError

from system.queues.codec import encode
from system.queues.functions import Functions
from system.queues.keys import WORKERS_INFO, WORKERS_SEEN, Keys
from system.queues.leases import LeaseQueue
from system.tasks.outcome import Settlement, Succeed
from system.tasks.task import Task
from tests.contract.effort import TIMES, tries
from tests.contract.queue_picture import check, take_dump, take_picture

QUEUE = "fuzz"
KEYS = Keys(QUEUE)
MOST = 1_000  # tasks that a function takes at once

Part = bytes | int
"""An argument, or the number of a claim whose token goes there: tokens are known when the function is called."""


def body(**fields: Any) -> bytes:
    """Write the body of some task."""
    return encode(Task(id="", type="noop", created_at=1_764_000_000_000, **{"run_at": 1_764_000_000_000, **fields}))


def mostly(right: list[Any], wrong: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw something right three times out of four, so that one wrong part stands among right ones."""
    return st.integers(0, 3).flatmap(lambda number: st.sampled_from(right) if number else wrong)


odd_texts = st.sampled_from(
    [b"", b'"', b"\\", b"\xff\xfe", b"\0", b"\n", "é".encode(), b"x" * 10_000, b'a",1],["']
) | st.binary(max_size=4)
odd_numbers = (
    st.sampled_from([b"-1", b"1.5", b"nan", b"-inf", b"inf", b"0x10", b" 7 ", b"1e3", b"", b"abc", b"\xff", b"1\0"])
    | st.sampled_from([b"9" * 400, b"1e400", b"9007199254740993", b"1e15", b"99999999999999", b"1000", b"1001"])
    | odd_texts
)
odd_bodies = (
    st.sampled_from(
        [
            body(priority=55),
            b'{"priority":5,"type":"noop"}',
            b'{"priority":"5","max_attempts":5,}',
            b'{"max_attempts":5,"priority":5,}',
            b"[]",
        ]
    )
    | odd_texts
)
numbers = mostly([b"0", b"1", b"7"], odd_numbers)
ids = mostly([b"a0", b"a1", b"a2", b"a3", b"a4", b"a5", b"new", b"newer"], odd_texts)
workers = mostly([b"w", b"v"], odd_texts)
kinds = mostly([b"succeeded", b"retrying", b"dead"], st.just(b"queued") | odd_texts)
bodies = mostly([body(), body(priority=0, max_attempts=10**18), body(payload={"a": "b" * 9_000})], odd_bodies)
details = st.sampled_from([b'"started":1,"ended":0', b'"error":"","started":1,"ended":0'])
pauses = numbers | mostly(
    [b"0:1:1:noop", b"5:1000000:10:noop", b"0:1:1:a:b", b"7:999999999999999:1000000000:noop"],
    st.sampled_from([b"0:0:1:noop", b"0:1:0:noop", b"0:1:1:", b"::::", b"1:2", b"0:-1:1:noop", b"0:1:1:\0"])
    | odd_texts,
)
pairs = mostly([(b"a0", 0), (b"a1", 1), (b"a2", 2)], st.tuples(ids, st.integers(0, 2) | odd_texts))
Shape = tuple[list[st.SearchStrategy[Part]], st.SearchStrategy[tuple[Part, ...]] | None]
SHAPES: dict[str, Shape] = {
    "abandon": ([workers], None),
    "cancel": ([ids], None),
    "claim": ([workers, numbers, numbers], st.just(tuple(b"%d" % weight for weight in range(1, 11)))),
    "cleanup": ([numbers], None),
    "find": ([ids], None),
    "finish": (
        [],
        st.builds(lambda pair, *rest: (*pair, *rest), pairs, numbers, kinds, pauses, bodies, details),
    ),
    "missing": ([], st.tuples(ids)),
    "put": ([mostly([b"0", b"1"], odd_texts)], st.tuples(ids, numbers, numbers, bodies)),
    "release": ([], st.builds(lambda pair, pause: (*pair, pause), pairs, numbers)),
    "report": ([], st.builds(lambda pair, *rest: (*pair, *rest), pairs, numbers, details)),
    "renew": ([numbers], pairs),
    "stats": ([], None),
}
"""What each function is made to take: some arguments, then some more for each task."""

NAMES = sorted(SHAPES)


@st.composite
def arguments(draw: st.DrawFn, name: str) -> list[Part]:
    """Draw arguments in a function's shape, or with one lost, one doubled, all mixed up, or many too many."""
    first, each = SHAPES[name]
    drawn = [draw(part) for part in first]
    if each is not None:
        drawn += [part for task in draw(st.lists(each, max_size=4)) for part in task]
    change = draw(mostly(["none"], st.sampled_from(["lose", "double", "mix", "crowd"])))
    at = draw(st.integers(0, len(drawn)))
    match change:
        case "lose":
            return drawn[:at] + drawn[at + 1 :]
        case "double":
            return drawn[:at] + drawn[max(0, at - 1) :]
        case "mix":
            return draw(st.permutations(drawn))
        case "crowd" if each is not None:
            return drawn + list(draw(each)) * draw(st.sampled_from([MOST - 4, MOST + 1, 9_000]))
    return drawn


@dataclass(slots=True)
class Ground:
    """A server with a queue of six tasks on it: two that wait, a scheduled one, three in a worker's hands."""

    runner: asyncio.Runner
    redis: Any
    tokens: list[bytes]

    def begin(self) -> None:
        """Empty the server and fill the queue."""
        self.runner.run(self._begin())

    def call(self, name: str, args: list[Part], keys: list[str]) -> bool:
        """Call a function and return whether it answered; assert that it did nothing, or nothing wrong."""
        filled = [self.tokens[part] if isinstance(part, int) else part for part in args]
        answered = self.runner.run(self._call(name, filled, keys))
        self.runner.run(self._drain())
        return answered

    async def _begin(self) -> None:
        await self.redis.flushall()
        times: dict[str, Any] = {"created_at": 1_764_000_000_000, "run_at": 1_764_000_000_000}
        queue = LeaseQueue(self.redis, lease_seconds=3_600)
        await queue.put([Task(id=f"a{n}", type="noop", queue=QUEUE, **times) for n in range(5)])
        await queue.put([Task(id="a5", type="noop", queue=QUEUE, **times | {"run_at": 30_000_000_000_000})])
        self.tokens = [(await queue.claim("w", [QUEUE], 1)).claims[0].token.encode() for _ in range(3)]

    async def _call(self, name: str, args: list[bytes], keys: list[str]) -> bool:
        before = await take_dump(self.redis, QUEUE)
        answered = True
        try:
            await Functions(self.redis).call(name, keys, args)
        except ResponseError:
            assert await take_dump(self.redis, QUEUE) == before, "refused, and yet it wrote"
            answered = False
        check(await take_picture(self.redis, QUEUE))
        await LeaseQueue(self.redis, lease_seconds=1).history(QUEUE, "0", 10_000)
        return answered

    async def _drain(self) -> None:
        """Let everything be over: whatever the call did, the queue still works."""
        queue = LeaseQueue(self.redis, lease_seconds=3_600)
        held = (await take_picture(self.redis, QUEUE)).tasks.keys()
        for key in (KEYS.leases, KEYS.scheduled):
            if members := await self.redis.zrange(key, 0, -1):
                await self.redis.zadd(key, dict.fromkeys(members, 0), xx=True)
        dead = (await queue.cleanup(QUEUE)).dead
        claims = (await queue.claim("w", [QUEUE], 5_000)).claims
        assert len(claims) + dead == len(held)
        assert all(await queue.finish([Settlement(claim, Succeed("null"), 0, 0) for claim in claims]))
        assert (await take_picture(self.redis, QUEUE)).tasks == {}


@pytest.fixture
def ground(redis_url: str) -> Iterator[Ground]:
    """Give the ground for many calls."""
    with asyncio.Runner() as runner:
        redis: Redis = Redis.from_url(redis_url, retry=Retry(NoBackoff(), 0))
        yield Ground(runner, redis, [])
        runner.run(redis.aclose())


@pytest.mark.timeout(300 * TIMES)
@pytest.mark.parametrize("name", NAMES)
def test_a_function_refuses_or_does_it_right(name: str, ground: Ground) -> None:
    """Wrong counts, huge or no numbers, binary ids, too many tasks: an error changes nothing, an answer is sane."""

    @tries(100)
    @given(args=arguments(name))
    def whatever(args: list[Part]) -> None:
        ground.begin()
        ground.call(name, args, KEYS.all)

    whatever()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("count", [0, 1, 21, 23])
def test_a_function_refuses_the_wrong_number_of_keys(name: str, count: int, ground: Ground) -> None:
    """No function writes to some of its keys and finds then that the others are missing."""
    ground.begin()
    assert ground.call(name, right(name), KEYS.all)
    ground.begin()
    assert not ground.call(name, right(name), [*KEYS.all, "{tl:fuzz}:more"][:count])


def right(name: str) -> list[Part]:
    """Return arguments that are right."""
    calls: dict[str, list[Part]] = {
        "abandon": [b"w"],
        "cancel": [b"a3"],
        "claim": [b"w", b"1", b"1000"],
        "cleanup": [b"10"],
        "find": [b"a3"],
        "finish": [b"a0", 0, b"1", b"retrying", b"5", body(), b'"started":1,"ended":0'],
        "missing": [b"a0"],
        "put": [b"1", b"new", b"0", b"0", body()],
        "release": [b"a0", 0, b"0"],
        "report": [b"a0", 0, b"1", b'"done":0.5'],
        "renew": [b"5", b"a0", 0],
        "stats": [],
    }
    return calls[name]


@given(args=st.lists(workers | st.just(b"{}"), max_size=3), keys=st.integers(0, 3))
@tries(30)
def test_a_heartbeat_is_refused_or_kept(args: list[bytes], keys: int, ground: Ground) -> None:
    """A worker's name is one that can be shown, and who has been heard has been seen."""
    ground.runner.run(beat(ground.redis, args, [WORKERS_INFO, WORKERS_SEEN, "{tl:workers}:more"][:keys]))


async def beat(redis: Any, args: list[bytes], keys: list[str]) -> None:
    """Send a heartbeat and look at the workers."""
    await redis.flushall()
    try:
        await Functions(redis).call("beat", keys, args)
    except ResponseError:
        assert await redis.dbsize() == 0
    else:
        assert (await redis.hkeys(WORKERS_INFO)) == (await redis.zrange(WORKERS_SEEN, 0, -1)) == args[:1]
        (worker,) = await redis.hgetall(WORKERS_INFO)
        assert worker.decode().isprintable()
