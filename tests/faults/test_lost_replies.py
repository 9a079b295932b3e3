"""Redis does as it was told and its answer gets lost: silently, or with the connection."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.faults.proxy import Proxy
from benchmarks.faults.rules import Direction
from system.tasks.events import Kind
from tests.faults.scene import Scene, scene
from tests.faults.waiting import until

TROUBLE = {"silence": Proxy.drop, "reset": Proxy.reset}
Lose = Callable[..., None]


async def unlucky(s: Scene, link: Proxy, lose: Lose, call: bytes) -> str:
    """Let a worker do a task with bad luck, and another one look on; return the task's id when it is over."""
    s.upkeep()
    other = s.worker("other")
    await s.at_work("other")
    with other.asleep():
        (task,) = await s.callers.submit("act")
        lose(link, Direction.REPLY, requests=1, containing=call)
        s.worker("victim", REDIS_URL=link.through(s.redis.url))
        await until(lambda: link.hits == 1, "an answer gets lost")
    await s.over([task])
    return task


@pytest.mark.parametrize("trouble", TROUBLE)
async def test_the_answer_to_a_claim(tmp_path: Path, trouble: str) -> None:
    """The worker never hears that it has the task, which comes back when the lease ends."""
    async with scene(tmp_path) as s:
        with s.link() as link:
            task = await unlucky(s, link, TROUBLE[trouble], b"_claim")
            report = await s.judge()
            assert await s.outcomes(task) == ["lease_expired", "succeeded"]
    assert len(s.effects(task)) == 1
    assert report.causes == {"lease end": 1}


@pytest.mark.parametrize("trouble", TROUBLE)
async def test_the_answer_to_a_finish(tmp_path: Path, trouble: str) -> None:
    """The task is done and stays so; where the worker sends its outcome again, that changes nothing."""
    async with scene(tmp_path) as s:
        with s.link() as link:
            task = await unlucky(s, link, TROUBLE[trouble], b"_finish")
            if trouble == "reset":  # else it would take the worker its ten seconds of patience
                await until(lambda: s.witness.of(Kind.REFUSED, task=task, worker="victim"), "the outcome once more")
            report = await s.judge()
            assert await s.outcomes(task) == ["succeeded"]
    assert len(s.effects(task)) == 1
    assert report.duplicates == ()
