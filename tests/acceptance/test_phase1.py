"""Phase 1: one process, everything in memory. It works, and a crash loses it all: the reason for Phase 2."""

from __future__ import annotations

from tests.acceptance.running import Tasklab


def test_it_works(tasklab: Tasklab) -> None:
    """The same API, the same tasks, no other process."""
    with tasklab.up("--phase", "1") as up:
        done = up.ended(up.submit({"type": "echo", "payload": {"a": 1}}, {"type": "flaky", "payload": {"failures": 0}}))
        assert [task["result"] for task in done] == [{"a": 1}, 1]
        assert tasklab.children() == {}
        assert up.stats()["workers"] == 1
        assert "ask its API" in tasklab.run("queue", "stats", code=1)
        assert up.stop() == 0


def test_a_crash_loses_everything(tasklab: Tasklab) -> None:
    """Accepted with a 202, waiting, running or done: after a kill nobody has ever heard of it."""
    with tasklab.up("--phase", "1", "--concurrency", "1") as up:
        done = up.submit({"type": "noop"})
        up.ended(done)
        accepted = up.submit(*({"type": "sleep", "payload": {"seconds": 5}} for _ in range(3)))
        assert {up.task(task_id)["status"] for task_id in accepted} <= {"queued", "running"}
        up.process.kill()
        up.process.wait()
    with tasklab.up("--phase", "1") as up:
        found = [up.http.get(f"/tasks/{task_id}").status_code for task_id in done + accepted]
        assert found == [404, 404, 404, 404]
