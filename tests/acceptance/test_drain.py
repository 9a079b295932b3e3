"""Shutting down loses nothing and burns no attempt: what runs is finished or given back, what waits goes on waiting."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import httpx

from system.settings import Settings
from system.wiring import make_stack
from tests.acceptance.running import SECONDS, Tasklab, Up, until


def test_up_drains(tasklab: Tasklab) -> None:
    """SIGTERM: running tasks are finished, waiting ones are there for the next `up`; each took one attempt in all."""
    with tasklab.up("--workers", "2", "--concurrency", "2") as up:
        ids = up.submit(*({"type": "sleep", "payload": {"seconds": 1.0}} for _ in range(10)))
        until(lambda: _statuses(up, ids).count("running") == 4, "four tasks run")
        assert up.stop() == 0
    with tasklab.up("--workers", "2", "--concurrency", "10") as up:
        done = up.ended(ids)
        assert [(task["status"], task["attempts"]) for task in done] == [("succeeded", 1)] * 10
        assert [len(up.attempts(task_id)) for task_id in ids] == [1] * 10


def test_what_takes_longer_than_the_grace_is_given_back(tmp_path: Path) -> None:
    """A task cut off by the shutdown runs again without having lost an attempt."""
    tasklab = Tasklab(tmp_path / "data", TASKLAB_GRACE_SECONDS="0.5")
    with tasklab.up("--workers", "1") as up:
        (task_id,) = up.submit({"type": "sleep", "payload": {"seconds": 8.0}, "max_attempts": 1})
        until(lambda: _statuses(up, [task_id]) == ["running"], "the task runs")
        assert up.stop() == 0
    with tasklab.up("--workers", "1") as up:
        (task,) = up.ended([task_id])
        assert (task["status"], task["attempts"]) == ("succeeded", 1)
        assert [one["outcome"] for one in up.attempts(task_id)] == ["released", "succeeded"]


def test_a_second_signal_ends_it_at_once(tasklab: Tasklab) -> None:
    """Who presses Ctrl-C twice does not wait for the grace; the tasks are given back all the same."""
    with tasklab.up("--workers", "1") as up:
        (task_id,) = up.submit({"type": "sleep", "payload": {"seconds": 60.0}})
        until(lambda: _statuses(up, [task_id]) == ["running"], "the task runs")
        up.process.send_signal(signal.SIGINT)
        until(lambda: "draining the workers" in tasklab.printed(), "the drain has begun")
        up.process.send_signal(signal.SIGINT)
        assert up.process.wait(15) == 0
    with tasklab.up("--workers", "0") as up:
        assert (up.task(task_id)["status"], up.task(task_id)["attempts"]) == ("queued", 0)


def test_a_worker_drains_by_itself(tasklab: Tasklab) -> None:
    """`tasklab worker` finds the running system's Redis, and SIGTERM makes it finish what it holds and exit 0."""
    with tasklab.up("--workers", "0") as up, tasklab.start("worker", "--id", "alone", "--concurrency", "3") as worker:
        ids = up.submit(*({"type": "sleep", "payload": {"seconds": 1.0}} for _ in range(5)))
        until(lambda: _statuses(up, ids).count("running") == 3, "three tasks run")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(15) == 0
        until(lambda: _statuses(up, ids) == ["succeeded"] * 3 + ["queued"] * 2, "three are done, two wait")


def test_a_worker_told_to_end_is_replaced(tasklab: Tasklab) -> None:
    """A worker that somebody sends SIGTERM finishes what it runs; then another takes its place."""
    with tasklab.up("--workers", "1") as up:
        (task_id,) = up.submit({"type": "sleep", "payload": {"seconds": 1.0}})
        until(lambda: _statuses(up, [task_id]) == ["running"], "the task runs")
        first = tasklab.children()["worker-1"]
        os.kill(first, signal.SIGTERM)
        (task,) = up.ended([task_id])
        assert (task["status"], task["attempts"]) == ("succeeded", 1)
        until(lambda: tasklab.children().get("worker-1", first) != first, "a new worker")


def test_scaling_in_drains(tmp_path: Path) -> None:
    """A stack with fewer workers has finished what the others ran."""
    with make_stack(Settings(data=tmp_path / "data"), workers=2, concurrency=2) as stack:
        with httpx.Client(base_url=stack.api_url, timeout=SECONDS) as http:
            up = Up(http)
            ids = up.submit(*({"type": "sleep", "payload": {"seconds": 1.0}} for _ in range(4)))
            until(lambda: _statuses(up, ids) == ["running"] * 4, "all four run")
            stack.scale(1)
            assert [worker.name for worker in stack.workers()] == ["worker-1"]
            assert [(task["status"], task["attempts"]) for task in up.ended(ids)] == [("succeeded", 1)] * 4
            stack.scale(3)
            until(lambda: up.stats()["workers"] == 3, "three workers")
        stack.stop()
        stack.stop()


def _statuses(up: Up, ids: list[str]) -> list[Any]:
    return [up.task(task_id)["status"] for task_id in ids]
