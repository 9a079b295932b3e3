"""Worker processes under care: orders from the shell, retirement, and the supervisor that starts new ones."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.running import Command, Tasklab, until


def ids(up: Command, status: str = "running") -> list[str]:
    """Return who says so of itself."""
    return [one["id"] for one in up.http.get("/workers").json() if one["status"] == status]


def test_orders_from_the_shell(tasklab: Tasklab) -> None:
    """A quiet worker claims nothing more until it may again; a drained one ends, and a new one is started."""
    with tasklab.up("--workers", "1") as up:
        (first,) = until(lambda: ids(up), "the worker reports")
        assert f"{first} claims nothing more" in tasklab.call("worker", "quiet", first)
        until(lambda: ids(up, "quiet") == [first], "it obeys")
        (waits,) = up.submit({"type": "noop"})
        assert up.task(waits)["status"] == "queued"
        assert "goes on" in tasklab.call("worker", "resume", first)
        assert up.ended([waits])[0]["status"] == "succeeded"
        assert "drains" in tasklab.call("worker", "drain", first)
        (second,) = until(lambda: [one for one in ids(up) if one != first], "a new one reports")
        assert up.ended(up.submit({"type": "noop"}))[0]["worker"] == second
        assert "there is no worker nobody" in tasklab.call("worker", "drain", "nobody", code=1).replace("'", "")
        table = tasklab.call("worker", "ls")
        assert second in table
        assert "0/10" in table


def test_retirement(tasklab: Tasklab) -> None:
    """After so many attempts a worker ends with exit code 0, another takes its place at once, and nothing is lost."""
    tasklab.environment["TASKLAB_MAX_TASKS"] = "10"
    with tasklab.up("--workers", "1") as up:
        workers = set()

        def ten_more() -> bool:
            ends = up.ended(up.submit(*[{"type": "noop"}] * 10))
            assert {end["status"] for end in ends} == {"succeeded"}
            workers.update(end["worker"] for end in ends)
            return len(workers) >= 3

        until(ten_more, "the third worker")
        assert "ended with exit code 0" in tasklab.printed()


def test_a_worker_of_its_own(tasklab: Tasklab, tmp_path: Path) -> None:
    """Limits and the sign of life as options; the exit code is 0."""
    alive = tmp_path / "alive"
    with (
        tasklab.up("--workers", "0") as up,
        tasklab.start("worker", "--id", "w1", "--max-rss-mb", "1", "--alive-file", str(alive)) as retires,
    ):
        assert retires.wait(30) == 0
        assert not alive.exists()
        with tasklab.start("worker", "--id", "w2", "--max-tasks", "3", "--alive-file", str(alive)) as works:
            until(alive.exists, "a sign of life")
            up.ended(up.submit(*[{"type": "noop"}] * 3))
            assert works.wait(30) == 0
