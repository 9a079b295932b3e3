"""TaskLab and one other queue, measured and killed for real, at the smallest scale."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from benchmarks.checker import Verdict, check, read
from benchmarks.peers.adapter import Adapter, Part
from benchmarks.peers.catalogue import BY_NAME
from benchmarks.peers.environments import Environment, Unavailable, ready
from benchmarks.peers.results import CrashResult
from benchmarks.peers.server import Server, quiet_server
from benchmarks.peers.stage import stage
from benchmarks.peers.throughput import Cells, Effort, Round
from benchmarks.peers.trial import CrashTrial, begin, crash

TINY = Effort(submit=0.05, drain=0.05, latency=0.3, workers=(1, 2))
QUICK_LEASE = {"TASKLAB_ACCEPT": "redis", "TASKLAB_LEASE_SECONDS": "1"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Run a Redis that writes nothing to disk."""
    with quiet_server(tmp_path / "redis") as running:
        yield running


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder for environments."""
    return tmp_path_factory.mktemp("peers")


def environment(adapter: Adapter, folder: Path) -> Environment:
    """Return a queue's environment; the test is skipped where it can't be made, without a network for example."""
    try:
        return ready(adapter, folder)
    except Unavailable as error:
        pytest.skip(str(error))


def measured(adapter: Adapter, where: Environment, server: Server, folder: Path) -> Cells:
    """Return what one tiny round finds."""
    cells: Cells = {}
    Round(adapter, where, server, folder, TINY, known={}).run(cells.update)
    return cells


def killed(adapter: Adapter, where: Environment, server: Server, folder: Path, watch: float) -> CrashResult:
    """Return what becomes of a task whose worker is killed."""
    trial = CrashTrial(adapter, where, tuned=False, traffic=True, watch=watch)
    with stage(adapter, where, server, folder / "stage") as current:
        begin(trial, current)
        return crash(trial, current, folder / "history", Event())


def test_tasklab_beside_itself(server: Server, environments: Path, tmp_path: Path) -> None:
    """All cells of TaskLab's real path are there: client, workers, recorder."""
    adapter = BY_NAME["tasklab"]
    cells = measured(adapter, environment(adapter, environments), server, tmp_path)
    expected = {"one", "bulk", "noop_1", "noop_2", "io_1", "io_2"}
    expected |= {"worker_us", "redis_us", "start_p50", "start_p95", "start_p99", "pss_mb"}
    assert expected <= set(cells)
    assert all(value >= 0 for value in cells.values())


def test_tasklab_takes_over(server: Server, environments: Path, tmp_path: Path) -> None:
    """The checker finds the killed worker's task run again, from a journal alone."""
    adapter = replace(BY_NAME["tasklab"], variables=QUICK_LEASE)
    result = killed(adapter, environment(adapter, environments), server, tmp_path, watch=20)
    assert (result.verdict, result.lost, result.left_in_redis) == (Verdict.VALID, 0, False)
    assert result.seconds is not None
    assert check(read(tmp_path / "history")).kills == 1


def test_huey_loses(server: Server, environments: Path, tmp_path: Path) -> None:
    """In an environment of its own, a queue that pops before it runs is measured, and is seen to lose the task."""
    adapter = replace(BY_NAME["huey"], parts=frozenset({Part.ENQUEUE, Part.NOOP}))
    where = environment(adapter, environments)
    assert where.versions["huey"]
    cells = measured(adapter, where, server, tmp_path)
    assert {"one", "noop_1", "noop_2"} <= set(cells)
    result = killed(adapter, where, server, tmp_path, watch=1)
    assert (result.verdict, result.lost, result.seconds) == (Verdict.INVALID, 1, None)


def test_a_queue_that_does_not_come_up_says_why(server: Server, environments: Path, tmp_path: Path) -> None:
    """Its row gets the last words of its worker."""
    adapter = replace(BY_NAME["brpop"], worker=("{python}", "-c", "raise SystemExit('no such luck')"))
    with pytest.raises(Unavailable, match="a worker died: no such luck"):
        measured(replace(adapter, parts=frozenset({Part.NOOP})), environment(adapter, environments), server, tmp_path)
