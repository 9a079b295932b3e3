"""The API is killed at each step of accepting a task, and nobody is told a lie."""

from __future__ import annotations

import asyncio
from pathlib import Path

from system.tasks.task import DEFAULT_QUEUE
from system.upkeep.loop import SWEEP_SECONDS
from system.upkeep.reconciler import GRACE_SECONDS
from tests.faults.scene import Scene, scene

FAULTS = {"TASKLAB_FAULTS": "1"}
SPARE_SECONDS = 3.0  # for the work itself, on a busy machine


async def killed(s: Scene, failpoint: str, key: str) -> None:
    """Send a task to an API that dies over it."""
    api = s.api(TASKLAB_FAILPOINT=failpoint, **FAULTS)
    assert await s.callers.post("act", key) is None
    await api.died()


async def test_before_the_commit(tmp_path: Path) -> None:
    """No answer, no row; the same key may be sent again, by two callers at once, and makes one row."""
    async with scene(tmp_path) as s:
        await killed(s, "api.before_commit", "a")
        assert await s.services.store.find() == []
        s.api()
        s.upkeep()
        s.worker()
        answers = await asyncio.gather(s.callers.post("act", "a"), s.callers.post("act", "a"))
        assert {answer.status_code for answer in answers if answer} <= {202, 409}
        assert len(s.callers.accepted()) == 1
        await s.over(s.callers.accepted())
        assert [row.idempotency_key for row in await s.services.store.find()] == ["a"]
        report = await s.judge()
    assert (report.attempted, report.ok, report.kills) == (1, 1, 1)


async def test_after_the_commit(tmp_path: Path) -> None:
    """The row is there and the queue knows nothing of it: it runs within the reconciler's next sweep but one."""
    async with scene(tmp_path) as s:
        s.upkeep(module="system")
        s.worker()
        await s.over(await s.callers.submit("act"))
        await killed(s, "api.after_commit", "a")
        row, _ = await s.services.store.find()
        assert await s.services.queue.missing(DEFAULT_QUEUE, [row.id]) == [row.id]
        await s.over([row.id])
        (attempt,) = await s.services.store.attempts(row.id)
        report = await s.judge()
    assert attempt.claimed_at is not None
    assert attempt.claimed_at - row.created_at < (GRACE_SECONDS + SWEEP_SECONDS + SPARE_SECONDS) * 1000
    assert report.recovered == (row.id,)


async def test_after_the_put(tmp_path: Path) -> None:
    """Who asks again under the same key is given the task there is; who does not has a task that ran all the same."""
    async with scene(tmp_path) as s:
        s.upkeep()
        s.worker()
        for key in ("asks again", "does not"):
            await killed(s, "api.after_put", key)
        rows = {row.idempotency_key: row.id for row in await s.services.store.find()}
        s.api()
        answer = await s.callers.post("act", "asks again")
        assert answer is not None
        assert (answer.status_code, answer.json()["id"]) == (202, rows["asks again"])
        assert answer.headers["idempotent-replay"] == "true"
        await s.over(list(rows.values()))
        assert [len(s.effects(task)) for task in rows.values()] == [1, 1]
        report = await s.judge()
    assert report.recovered == (rows["does not"],)
