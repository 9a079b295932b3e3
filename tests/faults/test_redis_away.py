"""Redis is gone for a while: tasks are accepted all the same, up to the cap, and run when it is back."""

from __future__ import annotations

from pathlib import Path

from benchmarks.faults.log import now_ms
from benchmarks.faults.redis import down
from system.tasks.events import Kind
from tests.faults.scene import scene
from tests.faults.waiting import until

CAP = 20
CLAIM_SECONDS = 5.0


async def test_what_is_accepted_meanwhile_runs_afterwards(tmp_path: Path) -> None:
    """202 and deferred, then 503 with a time to come back; workers claim within 5 s of its return.

    It is away until the worker's pauses have grown to their longest: a longer absence makes no difference to anybody.
    """
    async with scene(tmp_path, max_backlog=CAP) as s:
        worker, upkeep = s.worker(), s.upkeep()
        s.api()
        answer = await s.callers.post("act")
        assert answer is not None
        assert answer.json()["dispatch"] == "queued"
        await s.over(s.callers.accepted())
        (waiting,) = await s.callers.submit("act", delay=3.0)
        with down(s.redis, s.log):
            answers = [await s.callers.post("act") for _ in range(CAP + 10)]
            told = [(one.status_code, one.json().get("dispatch")) for one in answers if one is not None]
            assert set(told[: CAP - 1]) == {(202, "deferred")}
            assert set(told[CAP:]) == {(503, None)}
            assert all(1 <= int(one.headers["retry-after"]) <= 60 for one in answers[CAP:] if one is not None)
            ready = await s.callers.http.get("/health/ready")
            assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
            await until(lambda: "queue_away" in worker.printed() and "away" in upkeep.printed(), "all know of it")
            run_at = (await s.services.store.get_many([waiting]))[0].run_at
            await until(lambda: now_ms() > run_at + 1_000, "it stays away")
        back = now_ms()
        claims = await until(lambda: s.witness.of(Kind.CLAIMED, task=waiting), "a claim")
        assert claims[0].at - back < CLAIM_SECONDS * 1000
        await s.over(s.callers.accepted())
        await s.judge()
        assert (worker.code, upkeep.code) == (None, None)
