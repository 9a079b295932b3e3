"""What breaks a running task off: its timeout, a lost lease, a shutdown; and what becomes of it then."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from system.queues.protocol import Queue
from system.tasks.events import Kind
from system.tasks.handlers import Retry
from system.tasks.outcome import MAX_ERROR_CHARACTERS
from tests.fixtures.workers import Rig, until

SOON = Retry(base=0.01, jitter="none")
SHORT = 0.9  # seconds of a lease
PROCESS_HANDLERS = """
import os, time
from pathlib import Path
from system.tasks.context import progress
from system.tasks.handlers import Retry, task

@task("talk", isolation="process")
def talk(note: str) -> None:
    progress(0.5, "in a process")
    while not Path(note).exists():
        pass

@task("hang", isolation="process", retry=Retry(base=0.01, jitter="none"))
def hang(note: str) -> None:
    Path(note).write_text(str(os.getpid()))
    sum(iter(int, 1))  # never ends, and never lets Python look at a signal

@task("die", isolation="process", retry=Retry(base=0.01, jitter="none"))
def die(note: str) -> None:
    if Path(note).exists():
        return
    Path(note).touch()
    os._exit(3)
"""


class Job:
    """An async handler that tells when it starts, waits, and tells how it ended."""

    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.go_on = asyncio.Event()
        self.ends: list[str] = []

    async def run(self) -> None:
        """Wait for the word to go on."""
        self.started.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.ends.append("cancelled")
            raise
        self.ends.append("returned")


@pytest.fixture
def job(rig: Rig) -> Job:
    """Register such a handler."""
    job = Job()
    rig.handler(job.run, retry=SOON)
    return job


@pytest.fixture
def process_handlers(rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Import a module of handlers that a child process can import too, and give a file for their notes."""
    module = f"handlers_{tmp_path.name}"
    (tmp_path / f"{module}.py").write_text(PROCESS_HANDLERS)
    monkeypatch.syspath_prepend(tmp_path)
    __import__(module)
    rig.handlers |= {"talk", "hang", "die"}
    return tmp_path / "note"


async def test_a_timeout_hits_the_handler_and_not_the_slot(rig: Rig, job: Job) -> None:
    """The handler is cancelled and the attempt has failed; the slot takes the next task."""
    ids = await rig.put("job", timeout=0.05, max_attempts=2)
    ids += await rig.put("noop")
    await rig.burst(concurrency=1)
    ends = await rig.ends(ids)
    assert job.ends == ["cancelled", "cancelled"]
    assert [end.kind for end in ends] == [Kind.DEAD, Kind.SUCCEEDED]
    assert ends[0].error is not None
    assert ends[0].error.startswith("timed out after 0.05 s\nit was here:\n")
    assert "await self.go_on.wait()" in ends[0].error


async def test_a_handler_s_own_timeout(rig: Rig) -> None:
    """It holds where the task has none; a handler that swallows the cancel has timed out all the same."""

    async def job() -> str:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return "nothing happened"
        return "done"

    rig.handler(job, timeout=0.05)
    (end,) = await _end(rig, max_attempts=1)
    assert end.error == "timed out after 0.05 s"


async def test_a_thread_that_hangs(rig: Rig) -> None:
    """A thread can't be killed: its attempt has failed, its result is dropped, and its slot goes on with another."""
    go_on, ended = threading.Event(), threading.Event()

    def job() -> str:
        go_on.wait(20)
        ended.set()
        return "too late"

    rig.handler(job)
    rig.handler(lambda: "done", "other")
    ids = await rig.put("job", timeout=0.05, max_attempts=1) + await rig.put("other")
    async with rig.working(concurrency=1):
        ends = await rig.ends(ids)
        go_on.set()
        await until(ended.is_set)
    assert ends[0].error is not None
    assert ends[0].error.startswith("timed out after 0.05 s; its thread runs on\nit was here:\n")
    assert "go_on.wait(20)" in ends[0].error
    assert ends[1].kind is Kind.SUCCEEDED
    await rig.catch_up()
    assert rig.kinds(ids[0])[-1] is Kind.DEAD


async def test_a_process_that_hangs_is_killed(rig: Rig, process_handlers: Path) -> None:
    """The timeout is a hard one, even for code that listens to no signal."""
    (end,) = await _end(rig, "hang", payload={"note": str(process_handlers)}, timeout=0.3, max_attempts=1)
    head, where = end.error.split("\nit was here:\n")
    assert head == "timed out after 0.3 s; its process was killed"
    assert len(where.splitlines()) == 2
    assert where.splitlines()[-1] == "    sum(iter(int, 1))  # never ends, and never lets Python look at a signal"
    await until(lambda: not psutil.pid_exists(int(process_handlers.read_text())))


async def test_a_process_says_how_far_it_is(rig: Rig, process_handlers: Path) -> None:
    """Its word takes a pipe to the worker, and goes the way of all others from there."""
    (task_id,) = await rig.put("talk", payload={"note": str(process_handlers)})
    async with rig.working():
        told = await rig.event(lambda event: event.kind is Kind.PROGRESS)
        await asyncio.to_thread(process_handlers.touch)
        (end,) = await rig.ends([task_id])
    assert (told.task_id, told.done, told.text) == (task_id, 0.5, "in a process")
    assert end.kind is Kind.SUCCEEDED


async def test_a_process_that_dies(rig: Rig, process_handlers: Path) -> None:
    """Its death is a failure of the attempt, not of the worker; the next child does better."""
    (end,) = await _end(rig, "die", payload={"note": str(process_handlers)})
    assert end.kind is Kind.SUCCEEDED
    assert [event.error for event in rig.events if event.kind is Kind.RETRYING] == ["its process died (exit code 3)"]


@pytest.mark.parametrize("lease_seconds", [SHORT], indirect=True)
async def test_a_cancelled_task_is_broken_off(rig: Rig, job: Job) -> None:
    """The worker learns of it at its next renewal; nothing is told of an outcome that nobody waits for."""
    (task_id,) = await rig.put()
    async with rig.working() as worker:
        await job.started.wait()
        assert await rig.queue.cancel("default", task_id)
        await until(lambda: job.ends == ["cancelled"])
        assert worker.info()["lost"] == 1
    await rig.catch_up()
    assert rig.kinds(task_id)[-1] is Kind.CANCELLED


@pytest.mark.parametrize("lease_seconds", [SHORT], indirect=True)
async def test_a_worker_that_is_cut_off_stops_by_itself(rig: Rig, job: Job) -> None:
    """Where no renewal comes through it breaks off by its own clock, and has nothing to say about the outcome."""
    (task_id,) = await rig.put()
    async with rig.working():
        await job.started.wait()
        rig.claims.away = rig.renewals.away = True
        await until(lambda: job.ends == ["cancelled"])
        assert rig.claims.calls["finish"] == 0
        job.go_on.set()
        rig.claims.away = False
        (end,) = await rig.ends([task_id])  # once its lease has ended it is delivered again
    assert end.delivery == 2


@pytest.mark.parametrize("lease_seconds", [SHORT], indirect=True)
async def test_a_blocked_loop_keeps_its_leases(rig: Rig) -> None:
    """A handler that blocks the loop for longer than a lease stays the owner of its task, and the worker in sight."""
    seen: list[dict[str, Any]] = []

    async def clean_up() -> None:
        async with rig.open_queue() as (queue, registry):
            await queue.cleanup("default")
            seen.extend(await registry.workers())

    async def job() -> None:
        end = time.monotonic() + 2 * SHORT
        while time.monotonic() < end:
            pass
        elsewhere = threading.Thread(target=asyncio.run, args=[clean_up()])
        elsewhere.start()
        elsewhere.join(10)

    rig.handler(job)
    (end,) = await _end(rig)
    assert rig.kinds(end.task_id)[-2:] == [Kind.CLAIMED, Kind.SUCCEEDED]
    assert end.delivery == 1
    assert [worker["status"] for worker in seen] == ["running"]


@pytest.mark.parametrize("lease_seconds", [SHORT], indirect=True)
async def test_an_outcome_after_the_lease_is_refused(rig: Rig) -> None:
    """Another worker answers for the task: the late word changes nothing and is counted."""
    ended = threading.Event()

    async def take_over(queue: Queue) -> None:
        rig.renewals.away = True
        while not (await queue.claim("w2", ["default"], 1)).claims:
            pass

    async def job() -> str:
        async def elsewhere() -> None:
            async with rig.open_queue() as (queue, _):
                await take_over(queue)

        other = threading.Thread(target=asyncio.run, args=[elsewhere()])  # this loop sees and hears nothing meanwhile
        other.start()
        other.join(10)
        ended.set()
        return "too late"

    rig.handler(job)
    (task_id,) = await rig.put()
    async with rig.working() as worker:
        refused = await rig.event(lambda event: event.kind is Kind.REFUSED)
        await until(lambda: worker.info()["refused"] == 1)
    assert refused.task_id == task_id
    assert Kind.SUCCEEDED not in rig.kinds(task_id)


async def test_a_drain_lets_running_tasks_finish(rig: Rig, job: Job) -> None:
    """What runs is finished, what waits is left to others, and the worker says that it is on its way out."""
    ids = await rig.put("job", 3)
    worker = rig.worker(concurrency=1)
    running = asyncio.create_task(worker.run())
    await job.started.wait()
    worker.stop()
    while [info["status"] for info in await rig.registry.workers()] != ["draining"]:
        pass
    assert not running.done()
    job.go_on.set()
    await asyncio.wait_for(running, 20)
    await rig.catch_up()
    assert [event.task_id for event in rig.events if event.kind is Kind.SUCCEEDED] == ids[:1]
    assert (await rig.queue.stats("default")).ready == 2
    assert await rig.registry.workers() == []


@pytest.mark.parametrize(("grace_seconds", "stops"), [(0.05, 1), (1000.0, 2)])
async def test_the_rest_is_given_back(rig: Rig, job: Job, grace_seconds: float, stops: int) -> None:
    """After the grace, or at a second stop: broken off, given back, and no attempt burned."""
    (task_id,) = await rig.put()
    worker = rig.worker(grace_seconds=grace_seconds)
    running = asyncio.create_task(worker.run())
    await job.started.wait()
    for _ in range(stops):
        worker.stop()
    await asyncio.wait_for(running, 20)
    assert job.ends == ["cancelled"]
    await rig.catch_up()
    assert Kind.RELEASED in rig.kinds(task_id)
    (claim,) = (await rig.queue.claim("w2", ["default"], 9)).claims
    assert (claim.delivery, claim.task.failures) == (1, 0)


async def test_a_worker_that_was_stopped_before_it_ran(rig: Rig) -> None:
    """It ends without having claimed anything."""
    await rig.put("noop")
    worker = rig.worker()
    worker.stop()
    await asyncio.wait_for(worker.run(), 20)
    assert rig.claims.calls["claim"] == 0


async def test_an_endless_error_message_is_cut(rig: Rig) -> None:
    """Ten megabytes of message, NUL and half a surrogate pair: the beginning is kept, fit for any database."""

    async def job() -> None:
        raise ValueError("\0\ud800" + "x" * 10_000_000)

    rig.handler(job)
    (end,) = await _end(rig, max_attempts=1)
    assert end.error.startswith("ValueError: \\0\\ud800xxx")
    assert len(end.error) == MAX_ERROR_CHARACTERS


async def _end(rig: Rig, type: str = "job", **given: Any) -> list[Any]:
    """Run one task in a burst."""
    ids = await rig.put(type, **given)
    await rig.burst()
    return await rig.ends(ids)
