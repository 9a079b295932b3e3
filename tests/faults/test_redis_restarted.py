"""Redis is killed under load and started again on its append-only file."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.faults.log import now_ms
from benchmarks.faults.redis import down
from system.tasks.events import Kind
from tests.faults.scene import Scene, scene
from tests.faults.waiting import until

TASKS, SECONDS = 2_000, 0.1  # they wait without work, so that their rate says little about the machine
WARM = 200  # tasks
KILLS = 2
WINDOW_MS = 500
FULL = 0.7  # of the rate before; chance and the windows' ends make up for the rest
ALLOWED_SECONDS = 10.0  # a worker's longest pause between two tries is 2 s


async def test_nothing_is_lost_and_work_goes_on_at_full_rate(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Workers find their way back by themselves, and are soon as fast as before."""
    async with scene(tmp_path) as s:
        s.upkeep()
        s.worker("worker-1", concurrency=15)
        s.worker("worker-2", concurrency=15)
        await s.callers.submit("act", TASKS // 2, payload={"seconds": SECONDS})
        await s.callers.submit("act", TASKS // 2, payload={"seconds": SECONDS})
        for kill in range(1, KILLS + 1):
            await until(lambda kill=kill: len(s.witness.of(Kind.SUCCEEDED)) > kill * WARM, "work in full swing")
            before = rate(s)
            with down(s.redis, s.log):
                pass
            back = time.monotonic()
            await until(lambda before=before: rate(s) >= FULL * before, "the rate from before", ALLOWED_SECONDS)
            record_property(f"seconds to full rate, kill {kill}", round(time.monotonic() - back, 2))
        report = await s.judge()
    assert report.kills == KILLS


def rate(s: Scene) -> int:
    """Count the tasks that ended lately."""
    since = now_ms() - WINDOW_MS
    return sum(event.at >= since for event in s.witness.of(Kind.SUCCEEDED))
