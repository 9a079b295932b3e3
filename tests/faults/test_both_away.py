"""Redis and SQL are both gone: nothing is accepted, and no process gives anybody a reason to restart it."""

from __future__ import annotations

from pathlib import Path

from benchmarks.faults import redis, sql
from tests.faults.postgres import some_postgres
from tests.faults.scene import scene
from tests.faults.waiting import until

LOOKS = 20  # at the API while both are gone


async def test_all_wait_for_better_times(tmp_path: Path) -> None:
    """503 to a task, 200 to "are you alive?"; API, upkeep and worker are the same processes before and after."""
    with some_postgres(tmp_path) as postgres:
        async with scene(tmp_path, database_url=postgres.url) as s:
            api, upkeep, worker = s.api(), s.upkeep(), s.worker()
            await s.callers.post("act")
            await s.over(s.callers.accepted())
            with sql.down(postgres, s.log), redis.down(s.redis, s.log):
                for _ in range(LOOKS):
                    answer = await s.callers.post("act")
                    assert answer is not None
                    assert answer.status_code == 503
                    assert int(answer.headers["retry-after"]) >= 1
                    assert (await s.callers.http.get("/health/live")).status_code == 200
                    assert (await s.callers.http.get("/health/ready")).status_code == 503
                await until(lambda: "queue_away" in worker.printed(), "the worker notices")
                await until(lambda: {"what=Redis", "what=SQL"} <= set(upkeep.printed().split()), "upkeep notices")
            accepted = await s.callers.post("act")
            assert accepted is not None
            assert accepted.status_code == 202
            await s.over(s.callers.accepted())
            await s.judge()
            assert [program.code for program in (api, upkeep, worker)] == [None] * 3
