"""Five upkeep processes do what one does."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import redis

from benchmarks.faults.redis import wipe
from system.queues.keys import Keys
from system.storage.tables import attempts
from system.tasks.task import DEFAULT_PRIORITY, DEFAULT_QUEUE
from tests.faults.scene import scene
from tests.faults.waiting import until

UPKEEPS, TASKS = 5, 300
READY = Keys(DEFAULT_QUEUE).ready[DEFAULT_PRIORITY]


async def test_nothing_is_put_twice(tmp_path: Path) -> None:
    """All of them find that Redis lost everything; each task waits once, and runs once."""
    async with scene(tmp_path) as s:
        upkeeps = [s.upkeep(f"upkeep-{number}") for number in range(UPKEEPS)]
        tasks = await s.callers.submit("act", TASKS)
        await until(lambda: all("at work" in one.printed() for one in upkeeps), "all are at work")
        wipe(s.redis.url, s.log)
        with closing(redis.Redis.from_url(s.redis.url, decode_responses=True)) as client:

            def all_wait() -> bool:
                ids = client.lrange(READY, 0, -1)
                assert len(set(ids)) == len(ids), "a task waits twice"
                return set(ids) == set(tasks)

            await until(all_wait, "all tasks wait again")
        s.worker("worker-1")
        s.worker("worker-2")
        report = await s.judge()
        assert [one.code for one in upkeeps] == [None] * UPKEEPS
        async with s.services.database.read() as connection:
            assert len((await connection.execute(attempts.select())).all()) == TASKS
    assert report.duplicates == ()
