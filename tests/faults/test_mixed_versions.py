"""Workers and upkeep of two releases share one Redis, each with a Lua library of its own."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import redis

from system.tasks.events import Kind
from tests.faults.program import Program
from tests.faults.scene import Scene, scene
from tests.faults.waiting import until

OTHER = "tests.faults.other_release"
TASKS = 100


async def test_both_work(tmp_path: Path) -> None:
    """Tasks are run by both, and what a dead worker of either one held is taken over by the other."""
    async with scene(tmp_path) as s:
        s.upkeep("old-upkeep")
        s.upkeep("new-upkeep", module=OTHER)
        old, new = s.worker("old", concurrency=2), s.worker("new", module=OTHER, concurrency=2)
        await s.at_work("old", "new")
        await s.over(await s.callers.submit("act", TASKS, payload={"seconds": 0.05}))
        assert all(len(s.witness.of(Kind.SUCCEEDED, worker=name)) > TASKS / 5 for name in ("old", "new"))
        assert len(libraries(s)) == 2
        await bequeath(s, old, new)
        old = s.worker("old again")
        await s.at_work("old again")
        await bequeath(s, new, old)
        report = await s.judge()
    assert report.causes == {"kill": 2}


async def bequeath(s: Scene, victim: Program, heir: Program) -> None:
    """Kill a worker over a task and see another one go on with it."""
    end = s.folder / f"end of {victim.name}"
    with heir.asleep():
        (task,) = await s.callers.submit("beat", payload={"until": str(end)})
        await until(lambda: s.witness.in_hand.get(task) == victim.name, f"{victim.name} has a task")
    victim.kill()
    await until(lambda: s.effects(task, heir.name), f"{heir.name} goes on with it")
    end.touch()
    await s.over([task])


def libraries(s: Scene) -> set[str]:
    """Return the names of TaskLab's libraries in Redis."""
    with closing(redis.Redis.from_url(s.redis.url, decode_responses=True)) as client:
        return set(re.findall(r"\btasklab_[0-9a-f]{8}\b", str(client.function_list())))
