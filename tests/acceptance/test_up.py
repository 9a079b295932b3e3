"""`tasklab up`: the whole system in one command; what dies is started again, and nothing outlives it."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psutil

from tests.acceptance.running import SECONDS, Tasklab, Up, gone, until


def test_it_serves(tasklab: Tasklab) -> None:
    """Tasks that come in over HTTP are run by the workers; the commands find the same system by themselves."""
    with tasklab.up("--workers", "2") as up:
        done = up.ended(up.submit(*({"type": "echo", "payload": {"number": number}} for number in range(20))))
        assert [task["result"] for task in done] == [{"number": number} for number in range(20)]
        assert {worker["status"] for worker in tasklab.ask("worker", "ls")} == {"running"}
        assert tasklab.ask("queue", "stats")["workers"] == 2
        assert tasklab.ask("queue", "verdict")["succeeded"] == 20
        assert up.stop() == 0
    assert "everything is stopped" in tasklab.printed()


def test_own_handlers_are_known_to_all(tasklab: Tasklab) -> None:
    """A module of the user's reaches the API, which checks arguments, and the workers, which run the task."""
    with tasklab.up("--workers", "1", "--import", "benchmarks.micro.task_types") as up:
        refused = up.http.post("/tasks", json={"type": "benchmark_stamp", "payload": {"unknown": 1}})
        assert refused.json()["type"].endswith("invalid-payload")
        (done,) = up.ended(up.submit({"type": "benchmark_stamp", "payload": {"intended": 1.0}}))
    assert done["status"] == "succeeded"


def test_a_folder_has_one_system(tasklab: Tasklab, tmp_path: Path) -> None:
    """A second `up` is told who was first; in another folder it runs beside it, and the two never meet."""
    other = Tasklab(tmp_path / "other")
    with tasklab.up("--workers", "1") as up:
        refused = tasklab.run("up", "--port", "0", code=1)
        assert f"process {up.process.pid} is using" in refused
        assert "TASKLAB_DATA" in refused
        with other.up("--workers", "0") as beside:
            (task_id,) = beside.submit({"type": "noop"})
            up.ended(up.submit({"type": "noop"}))
            assert beside.task(task_id)["status"] == "queued"
            assert up.http.get(f"/tasks/{task_id}").status_code == 404


def test_a_taken_port_is_named(tasklab: Tasklab, tmp_path: Path) -> None:
    """The message says which port, and what to do."""
    with tasklab.up("--workers", "0") as up:
        port = up.note.api_url.rpartition(":")[2] if up.note.api_url else ""
        refused = Tasklab(tmp_path / "other").run("up", "--port", port, code=1)
    assert f"port {port}" in refused
    assert "--port" in refused


def test_a_killed_worker_is_replaced_and_its_tasks_are_taken_over_at_once(tasklab: Tasklab) -> None:
    """Its parent sees it die and ends its leases: nobody waits for the ten seconds they would have lasted."""
    with tasklab.up("--workers", "2", "--concurrency", "4") as up:
        ids = up.submit(*({"type": "sleep", "payload": {"seconds": 1.5}} for _ in range(4)))
        holders = until(lambda: _holders(up, ids), "all four tasks are running")
        victim = holders[0]
        name = victim.partition(".")[0]
        killed = datetime.now(UTC)
        os.kill(tasklab.children()[name], signal.SIGKILL)
        up.ended(ids)
        for task_id in (task_id for task_id, holder in zip(ids, holders, strict=True) if holder == victim):
            cut, following = up.attempts(task_id)
            assert (cut["worker"], cut["outcome"], following["outcome"]) == (victim, "lease_expired", "succeeded")
            waited = datetime.fromisoformat(following["claimed_at"]) - killed
            assert waited < timedelta(seconds=5)  # 0.1 s on an idle machine
        until(lambda: name in tasklab.children(), "a new worker")


def test_a_killed_api_comes_back_where_it_was(tasklab: Tasklab) -> None:
    """Its socket is its parent's, so callers wait for the next API instead of being turned away."""
    with tasklab.up("--workers", "1") as up:
        first = tasklab.children()["api"]
        os.kill(first, signal.SIGKILL)
        until(lambda: gone(first), "the end of the API")
        with httpx.Client(base_url=up.note.api_url or "", timeout=SECONDS) as http:
            again = Up(http)
            again.ended(again.submit({"type": "noop"}))
        assert tasklab.children()["api"] != first


def test_a_killed_server_comes_back_with_its_data(tasklab: Tasklab) -> None:
    """The embedded server is started again on its port and its append-only file; workers reconnect by themselves."""
    with tasklab.up("--workers", "1") as up:
        waiting = up.submit(*({"type": "echo", "payload": {"delay": 1}, "delay": 1} for _ in range(50)))
        os.kill(tasklab.children()["redis"], signal.SIGKILL)
        assert {task["status"] for task in up.ended(waiting)} == {"succeeded"}
        assert tasklab.ask("queue", "verdict")["good"]


def test_nothing_outlives_it(tasklab: Tasklab) -> None:
    """Not even SIGKILL of `up` leaves a process behind: its children notice, and a guard sees to the server."""
    with tasklab.up("--workers", "2") as up:
        ids = up.submit(
            {"type": "sleep", "payload": {"seconds": 60}}, {"type": "cpu", "payload": {"iterations": 10**9}}
        )
        until(lambda: all(up.task(task_id)["status"] == "running" for task_id in ids), "both tasks run")
        children = tasklab.children()
        assert set(children) == {"redis", "api", "upkeep", "worker-1", "worker-2"}
        family = _family(up.process.pid)
        assert set(children.values()) <= family
        up.process.kill()
        up.process.wait()
        until(lambda: all(gone(pid) for pid in family), "the end of all processes")
    assert tasklab.folder.running() is None


def _family(pid: int) -> set[int]:
    return {child.pid for child in psutil.Process(pid).children(recursive=True)}


def _holders(up: Up, ids: list[str]) -> list[str] | None:
    tasks = [up.task(task_id) for task_id in ids]
    return [task["worker"] for task in tasks] if all(task["status"] == "running" for task in tasks) else None
