"""Redis is killed under load and started again on its append-only file."""

from __future__ import annotations

import logging
from pathlib import Path

from benchmarks.faults.log import now_ms
from benchmarks.faults.redis import down
from system.tasks.events import Kind
from tests.faults.program import Program
from tests.faults.scene import Scene, scene
from tests.faults.waiting import until

TASKS, SECONDS = 1_400, 0.1  # they wait without work, so that their rate says little about the machine
WARM = 200  # tasks
KILLS = 2
WINDOW_MS = 500
FULL = 0.7  # of the rate before; chance and the windows' ends make up for the rest
ALLOWED_SECONDS = 10.0  # a worker's longest pause between two tries is 2 s

log = logging.getLogger(__name__)  # pytest --log-cli-level=INFO shows what was measured


async def test_nothing_is_lost_and_work_goes_on_at_full_rate(tmp_path: Path) -> None:
    """Workers find their way back by themselves, and are soon as fast as before."""
    async with scene(tmp_path) as s:
        s.upkeep()
        workers = [s.worker("worker-1", concurrency=15), s.worker("worker-2", concurrency=15)]
        await s.at_work("worker-1", "worker-2")
        await s.callers.submit("act", TASKS // 2, payload={"seconds": SECONDS})
        await s.callers.submit("act", TASKS // 2, payload={"seconds": SECONDS})
        for kill in range(1, KILLS + 1):
            await until(lambda kill=kill: len(s.witness.of(Kind.SUCCEEDED)) > kill * WARM, "work in full swing")
            before = rate(s)
            with down(s.redis, s.log):
                await until(lambda kill=kill: all(away(one) >= kill for one in workers), "the workers notice")
            back = now_ms()
            least = FULL * before
            await until(lambda back=back, least=least: rate(s, back) >= least, "the rate from before", ALLOWED_SECONDS)
            log.info(
                "%d tasks a window before, %d from %.2f s on", before, rate(s), (now_ms() - WINDOW_MS - back) / 1000
            )
        report = await s.judge()
    assert report.kills == KILLS


def rate(s: Scene, begin: int = 0) -> int:
    """Count the tasks that ended lately; 0 as long as "lately" reaches back beyond a beginning."""
    since = now_ms() - WINDOW_MS
    return sum(event.at >= since for event in s.witness.of(Kind.SUCCEEDED)) if since >= begin else 0


def away(worker: Program) -> int:
    """Return how often a worker said that it has no Redis."""
    return worker.printed().count("queue_away")
