"""Every process is replaced under load, one by one, by SIGTERM: nobody waits for a lease, no attempt is burned."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count, pairwise
from pathlib import Path

from system.storage.rows import AttemptRow
from tests.faults.scene import Scene, scene
from tests.faults.waiting import until

LEASE_SECONDS = 30.0  # whoever waited for one would be noticed
GRACE_SECONDS = 0.3
TASK_SECONDS = 1.0
AT_ONCE_SECONDS = 3.0  # from given back to claimed again, on a busy machine
WORKERS = 3
PAUSE = 0.1  # seconds between two tasks


async def test_all_are_replaced(tmp_path: Path) -> None:
    """What is cut off is given back and goes on at once elsewhere; callers lose no answer that is not made good."""
    async with scene(tmp_path, lease_seconds=LEASE_SECONDS, grace_seconds=GRACE_SECONDS) as s:
        workers = [s.worker(f"worker-{number}") for number in range(WORKERS)]
        upkeep, api = s.upkeep("upkeep"), s.api("api")
        await s.at_work(*[worker.name for worker in workers])
        async with load(s):
            successors = [s.worker(f"successor-{number}") for number in range(WORKERS)]
            next_upkeep, next_api = s.upkeep("next-upkeep"), s.api("next-api")
            await s.at_work(*[worker.name for worker in successors])
            for worker in workers:
                await until(lambda name=worker.name: name in s.witness.in_hand.values(), f"{worker.name} is busy")
                await worker.drain()
            await until(lambda: "the API is at" in next_api.printed(), "a second API")
            await api.drain()
            await until(lambda: "at work" in next_upkeep.printed(), "a second upkeep")
            await upkeep.drain()
        rows = await s.over(s.callers.accepted())
        report = await s.judge()
        tries = [await s.services.store.attempts(row.id) for row in rows]
    assert {row.attempts for row in rows} == {1}
    released = [pair for each in tries for pair in pairwise(each)]
    assert released, "nothing was cut off"
    assert {earlier.outcome for earlier, _ in released} == {"released"}
    assert max(seconds_between(*pair) for pair in released) < AT_ONCE_SECONDS
    assert report.duplicates == ()


def seconds_between(earlier: AttemptRow, later: AttemptRow) -> float:
    """Return how long a task waited between two attempts."""
    assert earlier.finished_at is not None
    assert later.claimed_at is not None
    return (later.claimed_at - earlier.finished_at) / 1000


@asynccontextmanager
async def load(s: Scene) -> AsyncIterator[None]:
    """Submit over HTTP for as long as the block lasts; what has no answer is sent again under its key."""
    ending = asyncio.Event()

    async def submit() -> None:
        for number in count():
            answer = None
            while answer is None:
                answer = await s.callers.post("act", f"task-{number}", payload={"seconds": TASK_SECONDS})
            assert answer.status_code == 202
            with suppress(TimeoutError):
                await asyncio.wait_for(ending.wait(), PAUSE)
            if ending.is_set():
                return

    async with asyncio.TaskGroup() as group:
        group.create_task(submit())
        yield
        ending.set()
