"""A worker on the queues that keep all promises: what runs, how it ends, what is told."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from system.tasks.context import progress
from system.tasks.errors import NonRetryable, RetryAfter
from system.tasks.events import Kind
from system.tasks.handlers import Retry, RetryBudget
from system.tasks.outcome import MAX_RESULT_BYTES
from tests.fixtures.workers import Rig

SOON = Retry(base=0.01, jitter="none")


async def test_a_thousand_tasks(rig: Rig) -> None:
    """All are done, each once; nothing is left in the queue and the burst ends by itself."""
    ids = await rig.put("noop", 1000)
    await rig.burst()
    await rig.catch_up()
    assert sorted(event.task_id for event in rig.events if event.kind is Kind.SUCCEEDED) == sorted(ids)
    stats = await rig.queue.stats("default")
    assert (stats.ready, stats.leased, stats.scheduled) == (0, 0, 0)


async def test_each_kind_of_handler(rig: Rig) -> None:
    """On the loop, in a thread, in a process: arguments by name, results as JSON."""

    def plain(a: int, *, b: int = 2) -> list[Any]:
        return [a, b, threading.current_thread().name]

    rig.handler(plain)
    ids = [
        *await rig.put("echo", payload={"x": [1, None]}),
        *await rig.put("job", payload={"a": 1}),
        *await rig.put("cpu", payload={"iterations": 10}),
    ]
    await rig.burst()
    results = [event.result for event in await rig.ends(ids)]
    assert results[:2] == ['{"x":[1,null]}', '[1,2,"handler"]']
    assert results[2] is not None
    assert results[2].isdecimal()


async def test_attempts_are_dated(rig: Rig) -> None:
    """An outcome tells when its attempt began and ended, by the server's clock, and who made it."""
    (end,) = await _end(rig, "sleep", payload={"seconds": 0.05})
    assert end.started_at is not None
    assert end.finished_at is not None
    assert end.finished_at - end.started_at >= 45
    assert end.started_at <= end.finished_at <= end.at
    assert end.worker == "w1"


def picky(error: str) -> None:
    """Fail in one of two ways."""
    raise {"away": ConnectionResetError, "wrong": KeyError}[error](error)


async def picky_on_loop(error: str) -> None:
    """Do the same on the event loop, or take too long."""
    if error == "late":
        await asyncio.sleep(60)
    picky(error)


@pytest.mark.parametrize(("function", "failures"), [(picky, [2, 1]), (picky_on_loop, [2, 1, 1])])
async def test_only_what_may_pass_is_tried_again(rig: Rig, function: Callable[..., Any], failures: list[int]) -> None:
    """What the policy does not name ends the task at once; running out of time counts as a TimeoutError."""
    rig.handler(function, retry=replace(SOON, on=ConnectionError), timeout=0.2)
    errors = ["away", "wrong", "late"][: len(failures)]
    ids = [task_id for error in errors for task_id in await rig.put(payload={"error": error}, max_attempts=2)]
    await rig.burst()
    assert [end.failures for end in await rig.ends(ids)] == failures


async def test_an_outage_does_not_become_a_storm(rig: Rig) -> None:
    """Of many tasks that fail at once, the budget lets so many come back at once; the others wait, unharmed."""

    async def job() -> None:
        message = "away"
        raise ConnectionError(message)

    rig.handler(job, retry=Retry(base=0, budget=RetryBudget(per_second=0.01, burst=3)))
    ids = await rig.put(count=10)
    async with rig.working():
        for task_id in ids:
            await rig.event(lambda event, task_id=task_id: event.task_id == task_id and event.kind is Kind.RETRYING)
        again = [event for event in rig.events if event.kind is Kind.RETRYING and (event.run_at or 0) <= event.at]
        assert len(again) == 3
        assert not [event for event in rig.events if event.kind is Kind.DEAD]


async def test_retries_to_the_end(rig: Rig) -> None:
    """A task that always fails is tried `max_attempts` times and then dead, with its last error."""

    async def job() -> None:
        message = "no luck"
        raise OSError(message)

    rig.handler(job, retry=SOON)
    (end,) = await _end(rig, "job", max_attempts=3)
    assert rig.kinds(end.task_id).count(Kind.RETRYING) == 2
    assert end.kind is Kind.DEAD
    assert end.failures == 3
    assert end.error is not None
    assert end.error.startswith("OSError: no luck\n")


@pytest.mark.parametrize("way", ["loop", "thread"])
async def test_how_far_a_task_is(rig: Rig, way: str) -> None:
    """A running handler says so, as often as it likes; the newest word gets out while it runs."""
    go_on = threading.Event()

    def talk() -> None:
        for step in range(1000):
            progress(step / 1000, f"step {step}")
        progress(0.5, "waiting")

    def in_thread() -> None:
        talk()
        go_on.wait()

    async def on_loop() -> None:
        talk()
        while not go_on.is_set():  # noqa: ASYNC110 - the test's event is a thread's
            await asyncio.sleep(0.005)

    rig.handler(on_loop if way == "loop" else in_thread)
    (task_id,) = await rig.put()
    async with rig.working():
        told = await rig.event(lambda event: event.kind is Kind.PROGRESS and event.text == "waiting")
        go_on.set()
        await rig.ends([task_id])
    assert (told.task_id, told.done, told.delivery, told.worker) == (task_id, 0.5, 1, "w1")
    assert len([event for event in rig.events if event.kind is Kind.PROGRESS]) < 5


async def odd(how: str) -> object:
    """Go wrong in one of many ways."""
    if how == "hopeless":
        raise NonRetryable(how)
    if how == "slow":
        await asyncio.sleep(60)
    if how == "unlucky":
        raise OSError(how)
    return object()


async def test_what_tasks_die_of(rig: Rig) -> None:
    """The cause is told with the death, for people and filters: not every last failure is one of too many."""
    rig.handler(odd, timeout=0.2, retry=SOON)
    hows = ["unlucky", "hopeless", "slow", "unstorable"]
    ids = [task_id for how in hows for task_id in await rig.put(payload={"how": how}, max_attempts=1)]
    ids += await rig.put(payload={"why": "no such argument"})
    ids += await rig.put("unheard-of", max_attempts=1)
    await rig.burst()
    causes = ["max_attempts", "non_retryable", "timeout", "invalid_result", "invalid_payload", "unknown_type"]
    assert [end.reason for end in await rig.ends(ids)] == causes


async def test_a_retry_that_goes_well(rig: Rig) -> None:
    """A handler may ask for its attempt's number; a burst waits for what is still to come."""

    async def job() -> None:
        raise RetryAfter(0.05)

    rig.handler(job, "later")
    flaky, *_ = await rig.put("flaky", payload={"failures": 1}), await rig.put("later", max_attempts=2)
    await rig.burst()
    (end,) = await rig.ends(flaky)
    assert (end.kind, end.result) == (Kind.SUCCEEDED, "2")
    retrying = await rig.event(lambda event: event.kind is Kind.RETRYING and event.task_id != end.task_id)
    assert retrying.run_at == retrying.at + 50


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        ({}, "job(result): missing a required argument: 'result'"),
        ({"result": 1, "more": 2}, "job(result): got an unexpected keyword argument 'more'"),
        ({"result": "x" * MAX_RESULT_BYTES}, "the result has 1,048,578 bytes"),
        ({"result": "no json"}, "the result is no JSON"),
        ({"result": "useless"}, "NonRetryable: never again"),
    ],
)
async def test_what_no_retry_can_mend(rig: Rig, payload: dict[str, Any], error: str) -> None:
    """Wrong arguments, a result that can't be stored, a handler that says so: dead at the first attempt."""

    async def job(result):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - its signature is in the error
        if result == "useless":
            message = "never again"
            raise NonRetryable(message)
        return object() if result == "no json" else result

    rig.handler(job)
    (end,) = await _end(rig, "job", payload=payload)
    assert (end.kind, end.failures) == (Kind.DEAD, 1)
    assert end.error is not None
    assert end.error.startswith(error)


async def test_a_type_that_this_worker_does_not_know(rig: Rig) -> None:
    """It is a failure that may pass, as a newer worker may know it; it shows in the task and comes to an end."""
    (last,) = await rig.put("unheard-of", max_attempts=1)
    (first,) = await rig.put("unheard-of")
    async with rig.working():
        retrying = await rig.event(lambda event: event.task_id == first and event.kind is Kind.RETRYING)
        (end,) = await rig.ends([last])
    assert retrying.error == end.error == "no handler for task type 'unheard-of' on this worker"
    assert retrying.run_at is not None
    assert 2_500 <= retrying.run_at - retrying.at <= 5_000
    assert end.kind is Kind.DEAD


@pytest.mark.parametrize("error", [SystemExit(1), asyncio.CancelledError(), StopAsyncIteration()])
async def test_no_exception_ends_the_worker(rig: Rig, error: BaseException) -> None:
    """What would end a program or cancel a coroutine is a handler's failure like any other."""

    async def job() -> None:
        raise error

    rig.handler(job, retry=SOON)
    first = await rig.put("job", 5, max_attempts=1)
    second = await rig.put("noop", 5)
    async with rig.working(concurrency=1):
        ends = await rig.ends(first + second)
    assert [end.kind for end in ends] == [Kind.DEAD] * 5 + [Kind.SUCCEEDED] * 5


async def test_a_burst_ends_when_the_last_task_does(rig: Rig) -> None:
    """While tasks run there may be more to come; nobody has to wake the worker when they are done."""
    (end,) = await _end(rig, "sleep", payload={"seconds": 0.2})
    assert end.kind is Kind.SUCCEEDED


async def _end(rig: Rig, type: str, **given: Any) -> list[Any]:
    """Run one task in a burst."""
    ids = await rig.put(type, **given)
    await rig.burst()
    return await rig.ends(ids)
