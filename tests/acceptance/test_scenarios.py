"""`tasklab-bench run` as its users run it, and from a program: whole records, a true verdict, nothing left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil

from benchmarks.engine.reading import read
from benchmarks.engine.run import run_scenario
from benchmarks.records import (
    AttemptRecord,
    FaultRecord,
    RequestRecord,
    ResultFolder,
    SampleRecord,
    TaskRecord,
    TrialRecord,
)
from tests.acceptance.running import ROOT, gone, until

ROLES = {"worker-1", "worker-2", "api", "upkeep", "redis", "bench", "host"}


async def test_smoke_leaves_whole_records(tmp_path: Path) -> None:
    """Called as a notebook calls it: from a thread in which an event loop runs."""
    folder = ResultFolder(tmp_path / "run")
    assert run_scenario(read("smoke", quick=True), folder) == 0
    trials = {trial.arrivals: trial for trial in folder.read(TrialRecord)}
    assert set(trials) == {"backlog", "poisson"}
    for trial in trials.values():
        sees_everything(folder, trial)
    backlog, scheduled = trials["backlog"], trials["poisson"]
    assert backlog.accepted == backlog.done == backlog.checked["ok"] == 600
    assert 0 < scheduled.accepted <= scheduled.checked["ok"]
    assert abs(scheduled.accepted - scheduled.done) < 20, "what was under way at the two ends, no more"
    tasks = [task for task in folder.read(TaskRecord) if task.trial == scheduled.trial]
    assert all(task.intended_s is not None and task.intended_s < task.accepted_s + 0.01 for task in tasks)
    run = folder.read_run()
    assert (run["ended"], run["interrupted"], run["trials_finished"]) == ("finished", False, 2)
    assert not (folder.path / "system").exists(), "where all is well, the data are of no further use"


def sees_everything(folder: ResultFolder, trial: TrialRecord) -> None:
    """Check that a trial's records agree with each other."""
    requests = [one for one in folder.read(RequestRecord) if one.trial == trial.trial]
    tasks = [one for one in folder.read(TaskRecord) if one.trial == trial.trial]
    attempts = [one for one in folder.read(AttemptRecord) if one.trial == trial.trial]
    samples = [one for one in folder.read(SampleRecord) if one.trial == trial.trial]
    assert (trial.verdict, trial.checked["lost"], trial.missed) == ("valid", 0, 0)
    assert sum(one.tasks for one in requests) == len(tasks) == len(attempts) == trial.checked["acknowledged"]
    assert all(one.answered_s is not None and one.answered_s >= one.sent_s for one in requests)
    assert {task.task_id for task in tasks} == {attempt.task_id for attempt in attempts}
    assert all(task.status == "succeeded" and task.finished_s is not None for task in tasks)
    roles = ROLES | ({"generator"} if trial.rate else set())
    assert {sample.role for sample in samples if sample.what == "rss_mb"} == roles - {"host"}
    assert {sample.role for sample in samples if sample.what == "cpu"} == roles
    assert set(trial.cpu_s) == roles - {"worker-1", "worker-2"} | {"workers"}
    last = {(sample.what, sample.role): sample.value for sample in samples}
    assert last["ended", "system"] <= len(tasks)
    assert last["depth", "ready"] == 0


def test_the_seeds_queue_is_caught_and_ctrl_c_keeps_it(tmp_path: Path) -> None:
    """One kill under load loses a task; the next trial is interrupted, and what was measured of it is kept too."""
    out, folder = tmp_path / "out", ResultFolder(tmp_path / "run")
    command = [sys.executable, "-m", "benchmarks", "run", "queues", "--quick", "--repeats=9", f"--out={folder.path}"]
    command += ["--set", "system.queue=brpop", "--set", "workers=2", "--set", "system.remote=1"]
    with out.open("wb") as file:
        process = subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=file)
    try:
        until(lambda: process.poll() is not None or "trial 2" in out.read_text("utf-8"), "the second trial")
        assert process.poll() is None, out.read_text("utf-8")
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        code = process.wait(60)
    finally:
        process.kill()
        process.wait()
    assert code == 1, out.read_text("utf-8")
    first = folder.read(TrialRecord)[0]
    assert (first.verdict, first.queue) == ("invalid", "brpop")
    assert first.checked["lost"] > 0
    assert {fault.kind for fault in folder.read(FaultRecord)} == {"kill"}
    run = folder.read_run()
    assert (run["interrupted"], run["trials_planned"]) == (True, 9)
    assert run["trials_finished"] < 9
    until(lambda: all(gone(child.pid) for child in family), "the end of all processes")
