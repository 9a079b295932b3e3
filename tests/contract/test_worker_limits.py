"""Soft time limits: a handler is told that its time is nearly up, wherever it runs, and may clean up."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from system.tasks.errors import SoftTimeLimit
from system.tasks.events import Event, Kind
from system.tasks.handlers import HANDLERS, Handler, Retry, task
from system.tasks.outcome import Failed, Reason, Succeeded
from system.worker.limits import Interrupt
from tests.fixtures.workers import SECONDS, Rig

SOON = Retry(base=0.01, jitter="none")
PROCESS_HANDLERS = """
import time
from system import Retry, SoftTimeLimit, task

@task("tidy", isolation="process", soft_timeout=0.1, timeout=20)
def tidy() -> str:
    try:
        time.sleep(20)
    except SoftTimeLimit as limit:
        return str(limit)

@task("untidy", isolation="process", soft_timeout=0.1, timeout=20)
def untidy() -> None:
    time.sleep(20)
"""


async def end_of(rig: Rig, type: str = "job", **given: Any) -> Event:
    """Run one task in a burst and return how it ended."""
    ids = await rig.put(type, **{"max_attempts": 1, **given})
    await rig.burst()
    (end,) = await rig.ends(ids)
    return end


def busy(seconds: float = SECONDS) -> None:
    """Work in Python for a long time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


async def tidy_on_loop() -> str:
    """Clean up, which may wait again, and tell."""
    try:
        await asyncio.sleep(60)
    except SoftTimeLimit as limit:
        await asyncio.sleep(0.01)
        return str(limit)
    return "it was never told"


def tidy_in_thread() -> str:
    """Do the same without waiting."""
    try:
        busy()
    except SoftTimeLimit as limit:
        return str(limit)
    return "it was never told"


@pytest.fixture
def process_handlers(rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Import a module of handlers that a child process can import too."""
    module = f"limited_{tmp_path.name}"
    (tmp_path / f"{module}.py").write_text(PROCESS_HANDLERS)
    monkeypatch.syspath_prepend(tmp_path)
    __import__(module)
    rig.handlers |= {"tidy", "untidy"}


@pytest.mark.parametrize("function", [tidy_on_loop, tidy_in_thread])
async def test_a_handler_cleans_up(rig: Rig, function: Callable[[], Any]) -> None:
    """It gets the exception where it is, and what it returns then is its result."""
    rig.handler(function, soft_timeout=0.1, timeout=20)
    end = await end_of(rig)
    assert (end.kind, end.result) == (Kind.SUCCEEDED, '"the soft time limit is over"')


@pytest.mark.usefixtures("process_handlers")
async def test_a_process_cleans_up(rig: Rig) -> None:
    """Also out of a call that waits inside the system; without an answer to it, the attempt has failed."""
    end = await end_of(rig, "tidy")
    assert (end.kind, end.result) == (Kind.SUCCEEDED, '"the soft time limit is over"')
    end = await end_of(rig, "untidy")
    assert (end.kind, end.reason) == (Kind.DEAD, "timeout")
    assert end.error is not None
    assert end.error.startswith("SoftTimeLimit: the soft time limit is over")
    assert "time.sleep(20)" in end.error


async def careless_on_loop() -> None:
    """Swallow what can be swallowed by the way."""
    with suppress(Exception):
        await asyncio.sleep(60)


def careless_in_thread() -> None:
    """Do the same."""
    with suppress(Exception):
        busy()


@pytest.mark.parametrize("function", [careless_on_loop, careless_in_thread])
async def test_who_does_not_answer_has_failed(rig: Rig, function: Callable[[], Any]) -> None:
    """It counts as running out of time, for the policy and for the record; an `except Exception` does not catch it."""
    rig.handler(function, soft_timeout=0.05, timeout=20, retry=SOON)
    end = await end_of(rig, max_attempts=2)
    assert (end.kind, end.reason, end.failures) == (Kind.DEAD, "timeout", 2)
    assert end.error is not None
    assert end.error.startswith("SoftTimeLimit: the soft time limit is over")
    rig.handler(function, soft_timeout=0.05, timeout=20, retry=Retry(on=ConnectionError))
    assert (await end_of(rig, max_attempts=2)).failures == 1


async def test_the_hard_limit_comes_after(rig: Rig) -> None:
    """A handler that takes too long over cleaning up is broken off, and the error says where it was by then."""

    async def job() -> None:
        try:
            await asyncio.sleep(60)
        except SoftTimeLimit:
            await asyncio.sleep(61)

    rig.handler(job, soft_timeout=0.05, timeout=0.1)
    end = await end_of(rig)
    assert end.error is not None
    assert end.error.startswith("timed out after 0.1 s\nit was here:\n")
    assert "await asyncio.sleep(61)" in end.error


async def test_the_parts_of_a_handler_end_with_it(rig: Rig) -> None:
    """A task group takes the soft limit for a cancel, and lets none of its tasks run on."""
    ends: list[str] = []

    async def part() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ends.append("part")
            raise

    async def job() -> str:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(part())
                group.create_task(part())
        except SoftTimeLimit:
            ends.append("handler")
        async with asyncio.timeout(1):
            await asyncio.sleep(0)
        return "done"

    rig.handler(job, soft_timeout=0.05, timeout=20)
    assert (await end_of(rig)).kind is Kind.SUCCEEDED
    assert ends == ["part", "part", "handler"]


@pytest.mark.parametrize("way", ["loop", "thread"])
async def test_who_is_in_time_hears_nothing(rig: Rig, way: str) -> None:
    """Results and errors are as without a limit; slots and threads that are used again carry nothing over."""

    async def on_loop(number: int) -> int:
        await asyncio.sleep(0)
        return 1 // number

    def in_thread(number: int) -> int:
        return 1 // number

    rig.handler(on_loop if way == "loop" else in_thread, soft_timeout=5, timeout=20)
    ids = [task_id for number in (1, 0, 1) for task_id in await rig.put(payload={"number": number}, max_attempts=1)]
    await rig.burst(concurrency=1)
    ends = await rig.ends(ids)
    assert [end.result or (end.error or "").split(":")[0] for end in ends] == ["1", "ZeroDivisionError", "1"]


async def test_a_cancelled_task_hears_of_no_limit(rig: Rig) -> None:
    """The word to end goes through as it is, before and after a soft limit."""
    heard: list[str] = []
    running = asyncio.Event()

    async def job() -> None:
        try:
            running.set()
            await asyncio.sleep(60)
        except asyncio.CancelledError as error:
            heard.append(type(error).__name__)
            raise

    rig.handler(job, soft_timeout=19, timeout=20)
    await rig.put()
    async with rig.working(grace_seconds=0.0):
        async with asyncio.timeout(SECONDS):
            await running.wait()
    assert heard == ["CancelledError"]


@pytest.mark.parametrize(("soft", "hard"), [(0, None), (-1, 5), (5, 5), (6, 5)])
def test_a_soft_limit_lies_below_the_hard_one(soft: float, hard: float | None) -> None:
    """A wrong one is found where it is written."""
    with pytest.raises(ValueError, match="below the hard one"):
        task("limits-test", soft_timeout=soft, timeout=hard)(lambda: None)
    assert "limits-test" not in HANDLERS


def test_a_thread_is_hit_in_its_handler_or_not_at_all() -> None:
    """However close to the handler's end the limit is, nothing is raised after it."""
    interrupts = 200

    def once(delay: int) -> None:
        interrupt = Interrupt(Handler("job", print))
        striker = threading.Thread(target=lambda: (busy(delay * 1e-6), interrupt.strike()))
        striker.start()
        outcome = interrupt.guard(lambda: (busy(1e-4), Succeeded("1"))[1])
        striker.join()
        assert outcome == Succeeded("1") or (isinstance(outcome, Failed) and outcome.reason is Reason.TIMEOUT)

    for delay in range(interrupts):
        once(delay)


def test_a_thread_that_starts_late_is_hit_when_it_starts() -> None:
    """On a busy machine the limit may be over before the handler has begun; it is not forgotten."""
    interrupt = Interrupt(Handler("job", print))
    interrupt.strike()
    outcome = interrupt.guard(lambda: (busy(), Succeeded("1"))[1])
    assert isinstance(outcome, Failed)
    assert outcome.reason is Reason.TIMEOUT
