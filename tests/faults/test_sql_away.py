"""SQL is gone while Redis is up: nothing is accepted, workers go on, and what they did is recorded afterwards."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks.faults.sql import down, locked
from system.tasks.events import Kind
from system.tasks.task import Status
from tests.faults.postgres import some_postgres
from tests.faults.scene import Scene, scene
from tests.faults.waiting import until

TASKS = 20


async def through(s: Scene, fault: AbstractContextManager[None], *, ready: int) -> None:
    """Begin with tasks, take SQL away, see what callers are told and that workers don't mind, and give it back."""
    s.upkeep()
    s.worker("worker", concurrency=2)
    s.api()
    assert (await s.callers.http.get("/health/live")).status_code == 200
    tasks = await s.callers.submit("act", TASKS, payload={"seconds": 0.1})
    with fault:
        answer = await s.callers.post("act")
        assert answer is not None
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:tasklab:problem:store-unavailable")
        assert int(answer.headers["retry-after"]) >= 1
        assert (await s.callers.http.get("/health/live")).status_code == 200
        assert (await s.callers.http.get("/health/ready")).status_code == ready
        await until(lambda: len(s.witness.of(Kind.SUCCEEDED)) == TASKS, "the workers do it all")
    assert {row.status for row in await s.over(tasks)} == {Status.SUCCEEDED}
    answer = await s.callers.post("act")
    assert answer is not None
    assert answer.status_code == 202
    await s.judge()


async def test_postgresql_is_killed(tmp_path: Path) -> None:
    """And starts again."""
    with some_postgres(tmp_path) as postgres:
        async with scene(tmp_path, database_url=postgres.url) as s:
            await through(s, down(postgres, s.log), ready=503)


async def test_sqlite_is_locked(tmp_path: Path) -> None:
    """By some other program; it may be read all the same, so the API is ready as far as it knows."""
    async with scene(tmp_path) as s:
        await through(s, locked(s.settings.data / "tasklab.db", s.log), ready=200)
