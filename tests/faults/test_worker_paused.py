"""A worker stands still for longer than its lease, as a suspended or swapping machine does, and goes on."""

from __future__ import annotations

from pathlib import Path

from system.tasks.events import Kind
from tests.faults.scene import scene
from tests.faults.waiting import until


async def test_its_late_finish_is_refused(tmp_path: Path) -> None:
    """It knows nothing of its pause and finishes: the queue refuses, counts it, and keeps the other one's result."""
    end = tmp_path / "end"
    async with scene(tmp_path) as s:
        s.upkeep()
        victim = s.worker("victim")
        (task,) = await s.callers.submit("stuck", payload={"until": str(end)})
        await until(lambda: s.effects(task, "victim"), "the task runs")
        s.worker("other")
        await s.at_work("other")
        with victim.paused():
            await until(lambda: s.witness.of(Kind.CLAIMED, task=task, worker="other"), "another worker takes over")
            end.touch()  # both could finish from here on, and only the other one moves
            (row,) = await s.over([task])
        await until(lambda: s.witness.of(Kind.REFUSED, task=task, worker="victim"), "a late finish")
        assert await s.outcomes(task) == ["lease_expired", "succeeded"]

        async def counted() -> bool:
            return [info["refused"] for info in await s.services.registry.workers() if info["id"] == "victim"] == [1]

        await until(counted, "the victim says so with its next heartbeat")
        report = await s.judge()
    assert row.result is not None
    assert row.result.endswith(':other"')
    assert report.refused_late == 1
    assert report.causes == {"pause": 1}
