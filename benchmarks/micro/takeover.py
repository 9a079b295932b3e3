"""How soon another worker goes on with the task of a killed one: with the system that started both, and without."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path

import psutil
import uvloop

from benchmarks.micro.amount import Amount
from benchmarks.micro.children import child
from benchmarks.micro.figures import Figure, Goal
from system.operations.ids import new_id
from system.operations.new_task import NewTask
from system.queues.protocol import Queue
from system.tasks.events import Event, Kind
from system.tasks.task import DEFAULT_QUEUE
from system.wiring import Settings, make_stack, open_queue, some_redis, with_places

LEASE_SECONDS = 10.0
GRACE_SECONDS = 0.5  # nobody waits for the end of the task
SLEEP_SECONDS = 60.0
LOOK_SECONDS = 1.0
NAMES = ("worker-1", "worker-2")


def measure(amount: Amount, folder: Path) -> list[Figure]:
    """Measure with a lease of ten seconds, as installed; with a shorter one where less is to be done."""
    lease = min(LEASE_SECONDS, max(1.0, LEASE_SECONDS * amount.scale))
    given = Settings(lease_seconds=lease, grace_seconds=GRACE_SECONDS)
    here = with_places(replace(given, data=folder / "up"))
    with make_stack(here, workers=2) as stack:
        settings = replace(here, redis_url=stack.redis_url)
        supervised = uvloop.run(_measure(settings, lambda worker: stack.kill(worker.partition(".")[0])))
    with some_redis(with_places(replace(given, data=folder / "alone"))) as settings, ExitStack() as undo:
        alone = {name: undo.enter_context(_worker(settings, name)) for name in NAMES}
        unsupervised = uvloop.run(_measure(settings, lambda worker: alone[worker].kill()))
    return [
        _figure("tasklab up", supervised, lease, 1.0),
        _figure("no supervisor", unsupervised, lease, lease + 1.0),
    ]


def _worker(settings: Settings, name: str) -> AbstractContextManager[psutil.Process]:
    return child("system", "worker", "--supervised", "--id", name, settings=settings)


async def _measure(settings: Settings, kill: Callable[[str], object]) -> float:
    """Return the seconds from the kill to the second claim, as the queue's history has it."""
    new = NewTask(type="sleep", payload={"seconds": SLEEP_SECONDS})
    async with open_queue(settings) as (queue, _):
        await queue.put([new.to_task(new_id(), owner=None, now_ms=0)])
        claims = _claims(queue)
        first = await anext(claims)
        killed = time.time()
        kill(first.worker or "")
        second = await anext(claims)
    return second.at / 1000 - killed


async def _claims(queue: Queue) -> AsyncIterator[Event]:
    after = "0"
    while True:
        for batch in await queue.history(DEFAULT_QUEUE, after, 1, LOOK_SECONDS):
            after = batch.position
            for event in batch.events:
                if event.kind is Kind.CLAIMED:
                    yield event


def _figure(where: str, seconds: float, lease: float, limit: float) -> Figure:
    return Figure(
        what=f"takeover after a kill, {where}",
        value=seconds,
        unit="s",
        count=1,
        how=f"SIGKILL, a second worker idle, lease of {lease:g} s",
        goal=Goal(at_most=limit),
    )
