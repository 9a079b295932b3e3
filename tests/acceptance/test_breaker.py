"""Two worker processes share one circuit breaker, from the dependency's end to its return."""

from __future__ import annotations

import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

from system.worker.sight import FRESH_SECONDS
from tests.acceptance.running import Command, Tasklab, until

HANDLERS = '''
import os
import time
from pathlib import Path

from system import Breaker, Retry, task

STORE = Breaker("image-store", minimum=4, pause=0.5, longest_pause=0.5)
HERE = Path(__file__).parent


@task("fetch", breaker=STORE, retry=Retry(max_attempts=100, base=0.01))
def fetch() -> str:
    """Write down when this came and went, and fail unless the store is up."""
    came = time.time()
    time.sleep(0.05)
    up = (HERE / "up").exists()
    line = f"{came} {time.time()} {os.getpid()} {int(up)}\\n"
    journal = os.open(HERE / "visits", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    os.write(journal, line.encode())
    os.close(journal)
    if not up:
        raise ConnectionError("the image store is down")
    return "picture"
'''


def breaker(up: Command) -> dict[str, Any]:
    """Return the one breaker."""
    (found,) = up.http.get("/breakers").json()
    return dict(found)


def visits(folder: Path) -> list[tuple[float, float, int, bool]]:
    """Return when each visit began and ended, in which process, and whether the store was up."""
    lines = [line.split() for line in (folder / "visits").read_text("utf-8").splitlines()]
    return [(float(came), float(went), int(pid), up == "1") for came, went, pid, up in lines]


def test_an_outage(tasklab: Tasklab, tmp_path: Path) -> None:
    """It opens for both, one probe at a time goes from either, it closes; nothing is lost, waiting burns nothing."""
    (tmp_path / "store.py").write_text(HANDLERS, "utf-8")
    tasklab.environment |= {"PYTHONPATH": str(tmp_path), "TASKLAB_IMPORT": "store"}
    with tasklab.up("--workers", "2") as up:
        assert breaker(up)["state"] == "closed"
        ids = up.submit(*[{"type": "fetch"}] * 40)
        until(lambda: breaker(up)["state"] == "open", "the breaker opens")
        opened = time.time() + FRESH_SECONDS  # by then what had begun is over, and both have heard of it
        assert up.ended(up.submit(*[{"type": "noop"}] * 20))[-1]["status"] == "succeeded"
        until(lambda: sum(came > opened for came, *_ in visits(tmp_path)) >= 3, "three probes")
        (tmp_path / "up").touch()
        ends = up.ended(ids)
        assert breaker(up)["state"] == "closed"
        assert Counter(end["status"] for end in ends) == {"succeeded": 40}

        seen = visits(tmp_path)
        probes = [(came, went) for came, went, _, was_up in seen if came > opened and not was_up]
        assert all(later[0] > earlier[1] for earlier, later in pairwise(probes))
        assert len({pid for _, _, pid, _ in seen}) == 2, "both workers took part"
        outcomes = Counter(one["outcome"] for end in ends for one in up.attempts(end["id"]))
        assert outcomes["succeeded"] == 40
        assert outcomes["released"] > 0
        assert outcomes["failed"] == sum(not was_up for *_, was_up in seen), "each failure was a visit, no more"
        assert set(outcomes) == {"succeeded", "released", "failed"}


def put_off(up: Command) -> str | None:
    """Submit a task and return its id if it does not run."""
    (task_id,) = up.submit({"type": "fetch"})
    outcome = until(lambda: [one["outcome"] for one in up.attempts(task_id) if one["outcome"]], "its first turn ends")[
        0
    ]
    return task_id if outcome == "released" else None


def test_by_hand(tasklab: Tasklab, tmp_path: Path) -> None:
    """Held open in the shell its tasks wait, let go they run."""
    (tmp_path / "store.py").write_text(HANDLERS, "utf-8")
    (tmp_path / "up").touch()
    tasklab.environment |= {"PYTHONPATH": str(tmp_path), "TASKLAB_IMPORT": "store"}
    with tasklab.up("--workers", "1") as up:
        up.ended(up.submit({"type": "fetch"}))
        assert "image-store is open, by hand" in tasklab.call("breaker", "open", "image-store")
        waits = until(lambda: put_off(up), "the worker sees it")
        assert [one["state"] for one in tasklab.ask("breaker", "ls")] == ["open"]
        assert "circuit breaker image-store is open by hand" in tasklab.run("task", "explain", waits)
        assert "yes" in tasklab.call("breaker", "ls")
        assert "image-store is closed\n" in tasklab.call("breaker", "auto", "image-store")
        assert up.ended([waits])[0]["status"] == "succeeded"
        assert "there is no breaker" in tasklab.call("breaker", "close", "unheard", code=1)
        assert "image-store is closed, by hand" in tasklab.call("breaker", "close", "image-store")
