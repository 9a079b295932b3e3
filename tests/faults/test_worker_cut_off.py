"""A worker's link to Redis is cut for longer than its lease, without an error: packets just don't arrive."""

from __future__ import annotations

from pathlib import Path

from system.tasks.events import Kind
from tests.faults.scene import scene
from tests.faults.waiting import until

LEASE_SECONDS = 2.0


async def test_it_stops_itself(tmp_path: Path) -> None:
    """It breaks off what it runs before anybody else may begin with it, and works again once the link is back."""
    end = tmp_path / "end"
    async with scene(tmp_path, lease_seconds=LEASE_SECONDS) as s:
        with s.link() as link:
            s.upkeep()
            s.worker("victim", REDIS_URL=link.through(s.redis.url))
            (task,) = await s.callers.submit("beat", payload={"until": str(end)})
            await until(lambda: s.effects(task, "victim"), "the task runs")
            other = s.worker("other")
            await s.at_work("other")
            with link.cut("victim", s.log):
                await until(lambda: s.effects(task, "other"), "another worker takes over")
            end.touch()
            await s.over([task])
            await other.drain()
            (next_task,) = await s.callers.submit("act")
            await s.over([next_task])
            assert s.effects(next_task, "victim"), "the victim works again"
            report = await s.judge()
    (cut,) = s.log.faults
    last = max(effect.ended_at or effect.started_at for effect in s.effects(task, "victim"))
    assert last <= cut.at + LEASE_SECONDS * 1000
    assert last < s.witness.of(Kind.CLAIMED, task=task, worker="other")[0].at
    assert report.causes == {"partition": 1}


async def test_its_late_finish_is_refused(tmp_path: Path) -> None:
    """What it sent into the dead link arrives when the link is back, and comes too late."""
    end = tmp_path / "end"
    async with scene(tmp_path, lease_seconds=LEASE_SECONDS) as s:
        with s.link() as link:
            s.upkeep()
            s.worker("victim", REDIS_URL=link.through(s.redis.url))
            (task,) = await s.callers.submit("stuck", payload={"until": str(end)})
            await until(lambda: s.effects(task, "victim"), "the task runs")
            s.worker("other")
            await s.at_work("other")
            with link.cut("victim", s.log):
                end.touch()
                (row,) = await s.over([task])
            await until(lambda: s.witness.of(Kind.REFUSED, task=task, worker="victim"), "a late finish")
            report = await s.judge()
    assert row.worker == "other"
    assert report.refused_late == 1
