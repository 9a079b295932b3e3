"""A disk has no byte left: SQL's, or that of Redis's append-only file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.checker import REDIS
from benchmarks.faults.disk import full, small_disk, why_no_small_disk
from benchmarks.faults.sql import SQL
from system.local.redis_server import RedisServer
from system.tasks.events import Kind
from tests.faults.needs import need
from tests.faults.scene import Scene, scene
from tests.faults.waiting import until

POSTS = 5


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Give a folder on a disk of 3 MB."""
    need(why_no_small_disk())
    folder = tmp_path / "disk"
    folder.mkdir()
    with small_disk(folder):
        yield folder


async def test_sqls(tmp_path: Path, disk: Path) -> None:
    """No 202 without a row: what can't be committed is a 503; workers go on, and all is well once there is room."""
    async with scene(tmp_path, database_url=f"sqlite+aiosqlite:///{disk / 'tasklab.db'}") as s:
        s.upkeep()
        api = s.api()
        assert (await s.callers.http.get("/health/live")).status_code == 200
        tasks = await s.callers.submit("act", 5)
        with full(disk, SQL, s.log):
            for _ in range(POSTS):
                answer = await s.callers.post("act", payload={"seconds": 0.0})
                assert answer is not None
                assert answer.status_code == 503
            assert "disk is full; make room on the disk" in api.printed()
            s.worker()
            await until(lambda: len(s.witness.of(Kind.SUCCEEDED)) == len(tasks), "the worker does it all")
        answer = await s.callers.post("act")
        assert answer is not None
        assert answer.status_code == 202
        await s.over(s.callers.accepted())
        assert len(await s.services.store.find()) == len(tasks) + 1
        await s.judge()


async def test_rediss(tmp_path: Path, disk: Path) -> None:
    """A Redis that can't write its file takes nothing: tasks are deferred, and run once there is room."""
    async with scene(tmp_path, redis=RedisServer(disk / "redis")) as s:
        s.upkeep()
        s.worker()
        s.api()
        await s.callers.post("act")
        await s.over(s.callers.accepted())
        with full(disk, REDIS, s.log):
            await until(lambda: deferred(s), "a task is deferred")  # the first write may be taken: it fails afterwards
            assert {await deferred(s) for _ in range(POSTS)} == {True}
            ready = await s.callers.http.get("/health/ready")
            assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
        rows = await s.over(s.callers.accepted())
        assert len(rows) >= POSTS + 2
        await s.judge()


async def deferred(s: Scene) -> bool:
    """Submit a task; return whether it waits in SQL alone."""
    answer = await s.callers.post("act")
    assert answer is not None
    assert answer.status_code == 202, answer.text
    return bool(answer.json()["dispatch"] == "deferred")
