"""`tasklab up --autoscale`: workers come with the load and go without it, and what they run is never cut off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.acceptance.running import ROOT, Tasklab, Up, until

MANIFESTS = ROOT / "deploy" / "kubernetes"


def workers(tasklab: Tasklab) -> set[str]:
    """Return the worker processes there are."""
    return {name for name in tasklab.children() if name.startswith("worker-")}


def wanted(up: Up) -> Any:
    """Return the decision, once there is one."""
    answer = up.http.get("/scaling")
    return answer.json() if answer.status_code == 200 else None


def test_out_and_in(tasklab: Tasklab) -> None:
    """A backlog brings workers up to the most; when it is gone they drain to the least; every task ran once."""
    with tasklab.up("--autoscale", "1..3,drain=2,out=1,in=4", "--concurrency", "1") as up:
        quiet = until(lambda: wanted(up), "the first decision")
        assert (quiet["desired_workers"], workers(tasklab)) == (1, {"worker-1"})
        sleep = {"type": "sleep", "payload": {"seconds": 0.5}}
        ids = up.submit(*[sleep] * 40)
        until(lambda: len(workers(tasklab)) == 3, "three workers")
        busy = wanted(up)
        assert busy["desired_workers"] == 3
        assert busy["signals"]["waiting"] > 0
        assert "wait" in busy["reason"]
        assert {task["status"] for task in up.ended(ids)} == {"succeeded"}
        trickle = up.submit(*({**sleep, "delay": second / 2} for second in range(10)))
        until(lambda: workers(tasklab) == {"worker-1"}, "one worker is left")
        assert "desired" not in tasklab.call("scaling")
        assert tasklab.ask("scaling")["desired_workers"] == 1
        assert "tasklab_workers_desired 1.0" in up.http.get("/metrics").text
        assert {task["attempts"] for task in up.ended(trickle) + up.ended(ids)} == {1}
        assert {one["outcome"] for task_id in trickle + ids for one in up.attempts(task_id)} <= {
            "succeeded",
            "released",
        }
        assert up.stop() == 0
    assert "from 1 to" in tasklab.printed()


def test_without_upkeep_nobody_decides(tasklab: Tasklab) -> None:
    """An autoscaler gets no number that may be wrong: it is told so, and keeps what it has."""
    assert "TASKLAB_AUTOSCALE" in Tasklab(tasklab.data, TASKLAB_AUTOSCALE="8").run("upkeep", code=1)
    assert "1..8" in tasklab.call("up", "--autoscale", "8..1", code=2)
    assert "Phase 1" in tasklab.call("up", "--phase", "1", "--autoscale", "1..2", code=2)


@pytest.mark.parametrize("path", sorted(MANIFESTS.glob("*.yaml")), ids=lambda path: Path(path).name)
def test_the_manifests_read_the_same_signal(path: Path) -> None:
    """They are YAML, each document is an object of Kubernetes, and the autoscalers go by the number of /scaling."""
    documents = [one for one in yaml.safe_load_all(path.read_text("utf-8")) if one]
    assert all({"apiVersion", "kind", "metadata"} <= set(one) for one in documents)
    scalers = [one for one in documents if one["kind"] in ("ScaledObject", "HorizontalPodAutoscaler")]
    for one in scalers:
        assert one["spec"]["scaleTargetRef"]["name"] == "tasklab-worker"
        assert "desired_workers" in str(one["spec"]) or "tasklab_workers_desired" in str(one["spec"])
