"""Redis forgets the Lua functions, or is still loading its data: what asks again gets through."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path

import redis
from redis.exceptions import BusyLoadingError

from benchmarks.checker import REDIS, FaultKind
from benchmarks.faults.redis import AOF, flush_functions
from system.local.redis_server import RedisServer
from system.storage.tables import attempts
from system.tasks.events import Kind
from tests.faults.scene import scene
from tests.faults.waiting import until

TASKS, FLUSHES = 300, 5
BALLAST = b"*2\r\n$4\r\nINCR\r\n$7\r\nballast\r\n" * 10_000
BALLASTS = 200  # two million commands: a second or more to load


async def test_functions_are_flushed(tmp_path: Path) -> None:
    """Again and again, under load: each process teaches the server anew, and no task notices."""
    async with scene(tmp_path) as s:
        s.upkeep()
        s.worker("worker-1", concurrency=5)
        s.worker("worker-2", concurrency=5)
        await s.callers.submit("act", TASKS, payload={"seconds": 0.05})
        for flush in range(1, FLUSHES + 1):
            done = flush * TASKS // (FLUSHES + 1)
            await until(lambda done=done: len(s.witness.of(Kind.SUCCEEDED)) > done, f"{done} tasks are done")
            flush_functions(s.redis.url, s.log)
        report = await s.judge()
        async with s.services.database.read() as connection:
            tries = (await connection.execute(attempts.select())).all()
    assert [one.outcome for one in tries] == ["succeeded"] * TASKS
    assert report.duplicates == ()


async def test_it_is_loading(tmp_path: Path) -> None:
    """A server that is up and has a large file to read: tasks are deferred, and all run once it is ready."""
    async with scene(tmp_path) as s:
        worker, upkeep = s.worker(), s.upkeep()
        s.api()
        await s.callers.post("act")
        await s.over(s.callers.accepted())
        with s.log.during(FaultKind.KILL, REDIS):
            s.redis.kill()
            add_ballast(s.redis)
            starting = asyncio.create_task(asyncio.to_thread(s.redis.start))
            await until(lambda: loading(s.redis), "it loads")
            answer = await s.callers.post("act")
            assert answer is not None
            assert (answer.status_code, answer.json()["dispatch"]) == (202, "deferred")
            await starting
        await s.over([*s.callers.accepted(), *await s.callers.submit("act")])
        await s.judge()
        assert (worker.code, upkeep.code) == (None, None)


def add_ballast(server: RedisServer) -> None:
    """Make the append-only file large."""
    (newest,) = (server.folder / AOF).glob("*.incr.aof")
    with newest.open("ab") as file:
        for _ in range(BALLASTS):
            file.write(BALLAST)


def loading(server: RedisServer) -> bool:
    """Tell whether the server is up and can't serve yet."""
    with closing(redis.Redis.from_url(server.url, retry=None)) as client:
        try:
            client.ping()
        except BusyLoadingError:
            return True
        except redis.ConnectionError:
            return False
    return False
