"""Redis loses all its data, or comes back as it was a while ago: it is filled again from SQL."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from sqlalchemy import select

from benchmarks.checker import Report
from benchmarks.faults.redis import copy, rewind, wipe
from system.storage.tables import attempts
from system.tasks.events import Kind
from tests.faults.scene import Scene, scene
from tests.faults.waiting import until

TASKS, SECONDS = 150, 0.2


async def begin(s: Scene) -> None:
    """Start workers, have them in the middle of their work."""
    s.upkeep()
    s.worker("worker-1", concurrency=5)
    s.worker("worker-2", concurrency=5)
    await s.callers.submit("act", TASKS, payload={"seconds": SECONDS})
    await done(s, 20)


async def done(s: Scene, count: int) -> None:
    """Wait until so many tasks have ended."""
    await until(lambda: len(s.witness.of(Kind.SUCCEEDED)) >= count, f"{count} tasks are done")


async def judge(s: Scene) -> Report:
    """See that all is drained and that no token was ever given out twice or below an earlier one."""
    report = await s.judge()
    async with s.services.database.read() as connection:
        rows = (await connection.execute(select(attempts.c.claimed_at, attempts.c.token, attempts.c.task_id))).all()
    claims = sorted((row.claimed_at, int(row.token.partition(":")[0])) for row in rows if row.claimed_at is not None)
    assert all(earlier[1] <= later[1] for earlier, later in pairwise(claims)), "the fence fell"
    assert len({(row.task_id, row.token) for row in rows}) == len(rows)
    return report


async def test_it_is_wiped(tmp_path: Path) -> None:
    """FLUSHALL, twice: what is open runs, what is done stays done, and tokens go on rising."""
    async with scene(tmp_path) as s:
        await begin(s)
        wipe(s.redis.url, s.log)
        await done(s, 60)
        wipe(s.redis.url, s.log)
        report = await judge(s)
    assert set(report.causes) <= {"wipe"}


async def test_it_is_rewound(tmp_path: Path) -> None:
    """What the older copy has not heard of is put again; what it takes for waiting though it ended, ends once more."""
    async with scene(tmp_path) as s:
        await begin(s)
        older = copy(s.redis, tmp_path / "copy")
        await done(s, 60)
        late = await s.callers.submit("act", 10)
        rewind(s.redis, older, s.log)
        await s.over(late)
        report = await judge(s)
    assert set(report.causes) == {"rewind"}
