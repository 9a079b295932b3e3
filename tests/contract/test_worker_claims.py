"""What a worker takes in hand: no more than it starts soon, and a suspect alone."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from system.tasks.events import Kind
from tests.fixtures.tasks import new_task
from tests.fixtures.workers import Rig, until


async def leased(rig: Rig) -> int:
    """Count what is in workers' hands."""
    return (await rig.queue.stats("default")).leased


async def test_long_tasks_are_not_taken_ahead(rig: Rig) -> None:
    """As many as there are slots; the others are left to whoever is free."""
    started, go_on = 0, asyncio.Event()

    async def job() -> None:
        nonlocal started
        started += 1
        await go_on.wait()

    rig.handler(job)
    ids = await rig.put(count=10)
    async with rig.working(concurrency=3):
        await until(lambda: started == 3)
        assert await leased(rig) == 3
        go_on.set()
        await rig.ends(ids)


async def test_what_was_taken_ahead_is_given_back_when_tasks_turn_out_long(rig: Rig) -> None:
    """After a thousand no-ops a worker takes too many of the long tasks that follow, but not for long."""
    go_on = asyncio.Event()
    rig.handler(go_on.wait)
    first = await rig.put("noop", 1000)
    second = await rig.put(count=50)
    async with rig.working(concurrency=2):
        await rig.ends(first)
        await rig.event(lambda event: event.kind is Kind.RELEASED)
        while await leased(rig) > 2:
            pass
        go_on.set()
        ends = await rig.ends(second)
    assert {end.delivery for end in ends} == {1}


async def test_short_tasks_are_taken_ahead(rig: Rig) -> None:
    """Four slots that fetched only what they can start at once would claim 250 times for a thousand tasks."""
    await rig.put("noop", 1000)
    await rig.burst(concurrency=4)
    assert rig.claims.calls["claim"] < 200
    assert rig.claims.calls["finish"] < 200


async def test_a_suspect_runs_alone(rig: Rig) -> None:
    """Tasks that cost two workers their life wait until nothing else is in hand, and for each other."""
    at_work, company = 0, []

    async def job(name: str) -> None:
        nonlocal at_work
        at_work += 1
        await asyncio.sleep(0)
        company.append((name, at_work))
        at_work -= 1

    rig.handler(job)
    innocent = [new_task(type="job", payload={"name": "innocent"}) for _ in range(20)]
    suspects = [new_task(type="job", payload={"name": "suspect"}, deliveries=2, priority=9) for _ in range(3)]
    await rig.queue.put(innocent + suspects)
    await rig.burst()
    ends = await rig.ends([task.id for task in innocent + suspects])
    assert [end.kind for end in ends] == [Kind.SUCCEEDED] * 23
    assert [with_whom for name, with_whom in company if name == "suspect"] == [1, 1, 1]
    assert max(with_whom for _, with_whom in company) > 1


async def test_a_worker_shows_itself(rig: Rig) -> None:
    """The registry knows who works, where, on what, and how it goes."""
    ids = await rig.put("noop", 2) + await rig.put("fail", max_attempts=1)
    async with rig.working(concurrency=7) as worker:
        await rig.ends(ids)
        await until(lambda: worker.info()["failed"] == 1)
        workers: list[dict[str, Any]] = []
        while not workers:
            workers = await rig.registry.workers()
        info = worker.info()
    shown = {"id": "w1", "pid": os.getpid(), "status": "running", "queues": ["default"], "concurrency": 7}
    assert shown.items() <= workers[0].items()
    assert (info["done"], info["failed"], info["refused"], info["running"]) == (2, 1, 0, 0)
    assert info["rss_bytes"] > 1_000_000
    assert info["lag_seconds"] >= 0
    assert info["started_at"] > 1_700_000_000_000


async def test_workers_share_the_work(rig: Rig) -> None:
    """Two workers, each task once, and neither does all of the long ones."""
    ids = await rig.put("sleep", 40, payload={"seconds": 0.01})
    async with rig.working(worker_id="w1"), rig.working(worker_id="w2"):
        ends = await rig.ends(ids)
    assert len({end.task_id for end in ends}) == 40
    assert {end.worker for end in ends} == {"w1", "w2"}
