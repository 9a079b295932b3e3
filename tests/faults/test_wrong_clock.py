"""Workers' clocks are an hour ahead and an hour behind: only Redis's own time decides who has a task for how long."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import redis

from benchmarks.checker import FaultKind
from benchmarks.faults.clock import MISSING, find_libfaketime, wrong_clock
from benchmarks.faults.log import now_ms
from system.queues.keys import Keys
from system.tasks.events import Kind
from system.tasks.task import DEFAULT_QUEUE
from tests.faults.needs import need
from tests.faults.scene import LEASE_SECONDS, Scene, scene
from tests.faults.waiting import until

HOUR = 3_600.0
EACH = 4  # tasks a worker runs at once


async def test_nobody_is_early(tmp_path: Path) -> None:
    """Who works longer than a lease keeps his task; a dead worker's goes on when its lease ends, and not before."""
    library = find_libfaketime()
    need(MISSING if library is None else None, package=True)
    assert library is not None
    begun = now_ms()
    async with scene(tmp_path) as s:
        s.upkeep()
        ahead = s.worker("ahead", concurrency=EACH, **wrong_clock(library, HOUR))
        behind = s.worker("behind", concurrency=EACH, **wrong_clock(library, -HOUR))
        await s.at_work("ahead", "behind")
        with s.log.during(FaultKind.CLOCK, "ahead"), s.log.during(FaultKind.CLOCK, "behind"):
            tasks = await s.callers.submit("act", 2 * EACH, payload={"seconds": LEASE_SECONDS * 2.5})
            await s.over(tasks)
        assert [await s.outcomes(task) for task in tasks] == [["succeeded"]] * len(tasks)
        assert {event.worker for event in s.witness.of(Kind.SUCCEEDED)} == {"ahead", "behind"}
        for event in s.witness.of(Kind.SUCCEEDED):
            assert begun <= (event.started_at or 0) < (event.finished_at or 0) <= now_ms(), "dates are Redis's"

        end = tmp_path / "end"
        with behind.asleep():
            (task,) = await s.callers.submit("beat", payload={"until": str(end)})
            await until(lambda: s.witness.in_hand.get(task) == "ahead", "the one with the fast clock has it")
        ahead.kill()
        free_at = lease_end(s, task)
        (taken,) = await until(lambda: s.witness.of(Kind.CLAIMED, task=task, worker="behind"), "a takeover")
        assert taken.at >= free_at
        end.touch()
        report = await s.judge()
    assert report.kills == 1


def lease_end(s: Scene, task: str) -> float:
    """Return when a task's lease ends, in ms of Redis's time."""
    with closing(redis.Redis.from_url(s.redis.url)) as client:
        end: float | None = client.zscore(Keys(DEFAULT_QUEUE).leases, task)
    assert end is not None, "it has no lease any more"
    return end
