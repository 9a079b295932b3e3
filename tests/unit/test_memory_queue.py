"""The memory queue under a clock of our own, and in the hands of two threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from system.queues.memory import MemoryQueue
from system.queues.protocol import Cleanup
from system.tasks.events import Batch, Kind
from system.tasks.outcome import RetryIn, Settlement, Succeed
from system.tasks.task import Task

START = 1_764_000_000.0  # s


class Clock:
    """A clock that goes when told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Give a clock that stands still."""
    return Clock()


@pytest.fixture
def queue(clock: Clock) -> MemoryQueue:
    """Give a queue that goes by it, with leases of ten seconds."""
    return MemoryQueue(lease_seconds=10.0, clock=clock)


def new_task(name: str = "a", *, delay: float = 0.0) -> Task:
    """Make a task that is created when the clock starts."""
    at = round(START * 1000)
    return Task(id=name, type="noop", payload={"list": []}, created_at=at, run_at=at + round(delay * 1000))


async def test_a_lease_ends_at_its_time_and_not_before(queue: MemoryQueue, clock: Clock) -> None:
    """Ten seconds are ten seconds."""
    await queue.put([new_task()])
    await queue.claim("ann", ["default"], 1)
    clock.now += 9.999
    assert (await queue.claim("bob", ["default"], 1)).retry_in == pytest.approx(0.001)
    clock.now += 0.001
    (claim,) = (await queue.claim("bob", ["default"], 1)).claims
    assert claim.delivery == 2


async def test_a_renewed_lease_ends_after_those_given_later(queue: MemoryQueue, clock: Clock) -> None:
    """Leases end in the order in which they last began."""
    await queue.put([new_task("a"), new_task("b")])
    (first,) = (await queue.claim("ann", ["default"], 1)).claims
    clock.now += 5
    await queue.claim("ann", ["default"], 1)
    clock.now += 3
    assert await queue.renew([first]) == [True]
    clock.now += 7  # 15 s after the start: b's lease is over, a's has 3 s left
    assert await queue.cleanup("default") == Cleanup(requeued=1)
    assert (await queue.claim("bob", ["default"], 2)).claims[0].task.id == "b"


async def test_delays_fall_due_in_their_order(queue: MemoryQueue, clock: Clock) -> None:
    """Whatever order they were put in."""
    await queue.put([new_task("late", delay=3), new_task("soon", delay=1), new_task("now")])
    assert (await queue.claim("ann", ["default"], 9)).claims[0].task.id == "now"
    clock.now += 3
    claims = (await queue.claim("ann", ["default"], 9)).claims
    assert [claim.task.id for claim in claims] == ["soon", "late"]


async def test_the_last_minute_passes(queue: MemoryQueue, clock: Clock) -> None:
    """What was finished is counted for sixty seconds."""
    await queue.put([new_task("a"), new_task("b")])
    first, second = (await queue.claim("ann", ["default"], 2)).claims
    await queue.finish([Settlement(first, Succeed("1"), 0.0, 0.0)])
    clock.now += 30
    await queue.finish([Settlement(second, RetryIn(0.0, second.task, "boom"), 0.0, 0.0)])
    stats = await queue.stats("default")
    assert (stats.finished_1m, stats.failed_1m) == (2, 1)
    clock.now += 30
    stats = await queue.stats("default")
    assert (stats.finished_1m, stats.failed_1m) == (1, 1)


async def test_recorded_history_is_forgotten_after_ten_seconds(queue: MemoryQueue, clock: Clock) -> None:
    """Positions stay what they were: who reads on from a forgotten one misses nothing that is left."""
    for name in "abcd":
        await queue.put([new_task(name)])
        clock.now += 6
    first, second, third, fourth = await queue.history("default", "0", 9)
    await queue.forget("default", third.position)
    assert await queue.history("default", "0", 9) == [second, third, fourth]
    assert await queue.history("default", first.position, 9) == [second, third, fourth]
    assert await queue.history("default", third.position, 9) == [fourth]
    assert await queue.tail("default") == fourth.position
    await queue.put([new_task("e")])
    assert len(await queue.history("default", fourth.position, 9)) == 1


async def test_history_does_not_run_backwards(queue: MemoryQueue, clock: Clock) -> None:
    """Not even where the clock does; and the fence rises."""
    await queue.put([new_task("a"), new_task("b")])
    (first,) = (await queue.claim("ann", ["default"], 1)).claims
    clock.now -= 3600
    (second,) = (await queue.claim("ann", ["default"], 1)).claims
    told = [batch.events[0].at for batch in await queue.history("default", "0", 9)]
    assert told == sorted(told)
    assert int(second.token.partition(":")[0]) > int(first.token.partition(":")[0])


async def test_the_next_attempt_sees_no_traces_of_the_last(queue: MemoryQueue, clock: Clock) -> None:
    """Worker and queue share a process, and yet a handler can't spoil what waits in the queue."""
    task = new_task()
    await queue.put([task])
    (claim,) = (await queue.claim("ann", ["default"], 1)).claims
    claim.task.payload["list"].append("a trace")
    clock.now += 10
    (again,) = (await queue.claim("bob", ["default"], 1)).claims
    assert again.task.payload == {"list": []}
    assert task.payload == {"list": []}


async def story(clock: Clock) -> list[Batch]:
    """Live through a little of everything."""
    queue = MemoryQueue(lease_seconds=10.0, clock=clock)
    await queue.put([new_task(name, delay=delay) for name, delay in [("a", 0), ("b", 0), ("c", 2)]])
    first, second = (await queue.claim("ann", ["default"], 2)).claims
    await queue.finish([Settlement(first, RetryIn(1.5, replace(first.task, failures=1), "boom"), 2.5, 1.25)])
    clock.now += 10
    await queue.claim("bob", ["default"], 9)
    await queue.finish([Settlement(second, Succeed("1"), 1.0, 0.0)])
    await queue.cancel("default", "c")
    return await queue.history("default", "0", 99)


async def test_the_same_story_is_told_in_the_same_words() -> None:
    """With time as a parameter, nothing is left to chance: a simulation can be played again."""
    told = await story(Clock())
    assert told == await story(Clock())
    assert {event.kind for batch in told for event in batch.events} == {
        *(Kind.QUEUED, Kind.SCHEDULED, Kind.CLAIMED, Kind.RETRYING, Kind.EXPIRED, Kind.REFUSED, Kind.CANCELLED)
    }


async def elsewhere(call: Callable[[], object]) -> object:
    """Call from a thread with an event loop of its own."""
    return await asyncio.to_thread(call)


async def test_another_threads_loop_may_renew_and_put(queue: MemoryQueue) -> None:
    """A worker's leases are renewed in a thread of their own; what is put there wakes who waits here."""
    await queue.put([new_task("a")])
    (claim,) = (await queue.claim("ann", ["default"], 1)).claims
    assert await elsewhere(lambda: asyncio.run(queue.renew([claim]))) == [True]
    waiting = asyncio.create_task(queue.wait(["default"], 30.0))
    await elsewhere(lambda: asyncio.run(queue.put([new_task("b")])))
    await asyncio.wait_for(waiting, 5)
    assert (await queue.claim("ann", ["default"], 1)).claims[0].task.id == "b"
