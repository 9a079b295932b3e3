"""Redis is at its memory limit: it takes no more tasks, and lets those it has come to their end."""

from __future__ import annotations

from pathlib import Path

from benchmarks.faults.redis import full
from tests.faults.scene import scene

TASKS, POSTS = 20, 10


async def test_what_it_does_not_take_is_deferred(tmp_path: Path) -> None:
    """What it has is run, finished and recorded, which makes room; the rest runs once there is some."""
    async with scene(tmp_path) as s:
        s.upkeep()
        s.api()
        held = await s.callers.submit("act", TASKS, payload={"seconds": 0.05})
        assert (await s.callers.http.get("/health/live")).status_code == 200
        with full(s.redis.url, s.log):
            answers = [await s.callers.post("act") for _ in range(POSTS)]
            told = {(one.status_code, one.json()["dispatch"]) for one in answers if one is not None}
            assert told == {(202, "deferred")}
            ready = await s.callers.http.get("/health/ready")
            assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
            s.worker(concurrency=5)
            await s.over(held)
        await s.over(s.callers.accepted())
        report = await s.judge()
    assert report.acknowledged == TASKS + POSTS
    assert report.duplicates == ()
