"""Locust against a real system: what a schedule promises is made, and timed from when it was meant to be made.

Locust runs in processes of its own: imported here, it would patch pytest's sockets and threads.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import orjson
import psutil
import pytest

from benchmarks.checker import Answer
from benchmarks.engine.operations import operations
from benchmarks.faults.processes import stopped
from benchmarks.open_loop import rows
from benchmarks.open_loop.payloads import Kind
from benchmarks.open_loop.subprocess import LOCUSTFILE, Locust, Plan, start
from tests.acceptance.locusting import read
from tests.acceptance.running import ROOT, SECONDS, Command, Tasklab, gone, until

KEY = "key-of-the-load"
FREEZE_SECONDS = 1.5


@pytest.fixture(scope="module")
def tasklab(tmp_path_factory: pytest.TempPathFactory) -> Tasklab:
    """Give a system that is open for those with a key."""
    return Tasklab(tmp_path_factory.mktemp("locust") / "data", TASKLAB_API_KEYS=f"load:submit:{KEY},all:admin:x")


@pytest.fixture(scope="module")
def up(tasklab: Tasklab) -> Iterator[Command]:
    """Run it for all tests of this file."""
    with tasklab.up("--workers", "1") as running:
        running.http.headers["Authorization"] = "Bearer x"
        yield running


def locust(up: Command, tasklab: Tasklab, log: Path, plan: Plan, **more: str) -> Locust:
    """Start a Locust whose statistics `read(log)` finds."""
    extra = (f"--json-file={log.with_suffix('')}", *more.pop("extra", "").split())
    url = up.note.api_url or ""
    return start(url, plan, log, environment=tasklab.environment, extra=extra, **more)


def test_an_open_loop_makes_its_calls_and_watches_the_tasks_end(up: Command, tasklab: Tasklab, tmp_path: Path) -> None:
    """Each call has its row from the send, from the intended start, and to the end of its task; the log has it too."""
    log = tmp_path / "calls.jsonl"
    mix = [Kind("echo", {"number": 1}, priority=7), Kind("sleep", {"seconds": 0.05})]
    plan = Plan(arrivals="poisson", rate=60, seconds=2, seed=3, mix=mix, watch=True)
    with locust(up, tasklab, log, plan) as running:
        running.wait(SECONDS)
    made = list(operations(log))
    assert 60 < len(made) < 180
    assert {one.answer for one in made} == {Answer.ACKNOWLEDGED}
    found = read(log)
    for name in (rows.NAIVE, rows.CORRECTED, rows.DONE):
        assert (found[name].count, found[name].failures) == (len(made), 0)
    assert rows.MISSED not in found
    ended = up.ended([one.task_id or "" for one in made])
    assert {(task["type"], task["status"], task["priority"]) for task in ended} == {
        ("echo", "succeeded", 7),
        ("sleep", "succeeded", 5),
    }


def test_refused_calls_are_results_and_no_crash(up: Command, tasklab: Tasklab, tmp_path: Path) -> None:
    """Locust's exit code 1 for them would look like one; SIGTERM ends it in order, the parent's death at once."""
    log = tmp_path / "calls.jsonl"
    with locust(up, tasklab, log, Plan(rate=20, mix=[Kind("unknown")])) as running:
        until(lambda: log.exists() and len(list(operations(log))) > 10, "some calls")
        running.stop()
    assert {one.answer for one in operations(log)} == {Answer.REFUSED}
    assert read(log)[rows.NAIVE].failures == len(list(operations(log)))
    assert orjson.loads(log.read_bytes().splitlines()[1])["why"] == "HTTP 422"
    with locust(up, tasklab, tmp_path / "orphan.jsonl", Plan(rate=1)) as running:
        assert running.process.stdin
        running.process.stdin.close()
        until(lambda: gone(running.pid), "the end of an orphan")


def test_a_frozen_server_is_seen_from_the_intended_start_alone(up: Command, tasklab: Tasklab, tmp_path: Path) -> None:
    """Three callers at 100 calls a second, and a server that stands still for 1.5 s.

    From the send, three calls of 600 were slow: the 99th percentile hides them. From the intended start, all 150 were
    that were due meanwhile. Users who wait for their answers never make those calls at all.
    """
    plan = Plan(rate=100, seconds=6, senders=3)
    logs = open_log, closed_log = tmp_path / "open.jsonl", tmp_path / "closed.jsonl"
    users = "--users=3 --spawn-rate=3 --run-time=6 --think=0.03"
    with (
        locust(up, tasklab, open_log, plan, name="open") as opened,
        locust(up, tasklab, closed_log, plan, name="closed", user="ClosedLoop", extra=users) as closed,
    ):
        until(lambda: open_log.exists() and len(list(operations(open_log))) > 100, "a second of load")
        with stopped(tasklab.children()["api"]):
            thaw = time.monotonic() + FREEZE_SECONDS
            until(lambda: time.monotonic() > thaw, "the end of the freeze")
        opened.wait(SECONDS)
        closed.wait(SECONDS)
    found, patient = (read(log) for log in logs)
    missed = found[rows.MISSED].count if rows.MISSED in found else 0
    assert found[rows.NAIVE].count + missed == plan.rate * plan.seconds
    assert found[rows.CORRECTED].quantile(0.99) > 1.0
    assert found[rows.NAIVE].quantile(0.99) < found[rows.CORRECTED].quantile(0.99) / 2
    assert found[rows.LATE].count > 100
    assert patient["POST", "/tasks"].count < plan.rate * (plan.seconds - 1)


def test_processes_share_one_schedule(up: Command, tasklab: Tasklab, tmp_path: Path) -> None:
    """A master and two workers, each started as everybody starts them: together they make each call once."""
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE)]
    url, statistics = up.note.api_url or "", tmp_path / "all"
    plan = Plan(rate=50, seconds=2, watch=True)
    options = ["--users=2", "--spawn-rate=2", "--run-time=5", f"--host={url}", f"--json-file={statistics}"]
    with ExitStack() as undo:

        def run(name: str, *arguments: str) -> subprocess.Popen[bytes]:
            out = undo.enter_context((tmp_path / name).open("wb"))
            process = subprocess.Popen(
                [*command, *arguments], cwd=ROOT, env=tasklab.environment, stdout=out, stderr=subprocess.STDOUT
            )
            undo.callback(process.wait)
            undo.callback(process.kill)
            return process

        master = run(
            "master",
            "--master",
            "--master-bind-host=127.0.0.1",
            "--master-bind-port=0",
            "--headless",
            "--expect-workers=2",
            "OpenLoop",
            *options,
            *plan.arguments(),
            f"--log={tmp_path / 'log'}",
        )
        port = until(lambda: _port(master.pid), "the master listens")
        workers = [run(f"worker-{number}", "--worker", f"--master-port={port}") for number in (1, 2)]
        assert master.wait(SECONDS) == 0, (tmp_path / "master").read_text("utf-8")
        assert [worker.wait(SECONDS) for worker in workers] == [0, 0]
    made = sorted(one.key for one in operations(tmp_path / "log"))
    assert made == sorted(f"locust-{number}/0" for number in range(100))
    assert read(tmp_path / "all")[rows.DONE].count == 100


def _port(pid: int) -> int | None:
    ports = [one.laddr.port for one in psutil.Process(pid).net_connections() if one.status == psutil.CONN_LISTEN]
    return ports[0] if ports else None
