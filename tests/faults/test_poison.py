"""Tasks that kill whoever runs them, or eat all memory: they are dead at their limit, and their neighbours finish."""

from __future__ import annotations

import signal
from pathlib import Path

from system.tasks.task import SPARE_DELIVERIES, Status
from tests.faults.scene import scene
from tests.faults.waiting import until

NEIGHBOURS = 20


async def test_it_dies_alone(tmp_path: Path) -> None:
    """Poison takes a worker with it each time, until it is dead itself; what eats memory takes nobody with it."""
    async with scene(tmp_path) as s:
        s.upkeep()
        neighbours = await s.callers.submit("act", NEIGHBOURS, payload={"seconds": 0.05}, max_attempts=1)
        (poison,) = await s.callers.submit("poison", max_attempts=1, priority=6)
        fat = await s.callers.submit("gorge") + await s.callers.submit("devoured")
        for number in range(1 + SPARE_DELIVERIES):
            worker = s.worker(f"worker-{number}")
            await until(lambda worker=worker: worker.code is not None, "the worker dies of it")
            assert worker.code == -signal.SIGKILL
        survivor = s.worker("survivor")
        ends = {row.id: row for row in await s.over([poison, *fat, *neighbours])}
        report = await s.judge()
        assert survivor.code is None
    assert {ends[one].status for one in neighbours} == {Status.SUCCEEDED}
    assert {ends[one].status for one in (poison, *fat)} == {Status.DEAD}
    assert ends[poison].attempts == 1 + SPARE_DELIVERIES
    gorge, devoured = (ends[one].error or "" for one in fat)
    assert "MemoryError" in gorge
    assert "its process died" in devoured
    assert set(report.causes) == {"lease end"}
