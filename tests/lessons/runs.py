"""Small runs written down by hand, for pictures and checks that need no system."""

from __future__ import annotations

from benchmarks.checker import Report, Takeover
from benchmarks.records import AttemptRecord, FaultRecord, RequestRecord, TaskRecord, TrialRecord
from lab.run import Run, Runs, frame

KILL_S, LEASE_S, TASKS = 1.0, 2.0, 60
VICTIM, HEIR = "worker-1.aaaa", "worker-2.bbbb"


def trial(number: int = 0, workers: int = 2, throughput: float = 20.0, *, verdict: str = "valid") -> TrialRecord:
    """Make a trial."""
    return TrialRecord(
        trial=number,
        point=f"workers={workers}",
        repeat=number,
        seed=1,
        began_at=0.0,
        workers=workers,
        concurrency=1,
        lease_seconds=LEASE_S,
        mix="sleep",
        arrivals="backlog",
        measured_s=3.0,
        accepted=TASKS,
        done=TASKS,
        throughput=throughput,
        drain_s=0.0,
        verdict=verdict,
    )


def a_run(*, lost: int = 0, kill: bool = True) -> Run:
    """Make a run of 60 tasks, of which the last ones are lost; a killed worker's task is taken over by the other."""
    names = [f"task-{number}" for number in range(TASKS)]
    gone = names[TASKS - lost :]
    verdict = "invalid" if lost else "valid"
    return Run(
        name="a run",
        trial=trial(verdict=verdict),
        tasks=frame(TaskRecord, [_task(number, name, lost=name in gone) for number, name in enumerate(names)]),
        attempts=frame(AttemptRecord, _attempts(names, {*gone}, kill=kill)),
        requests=frame(RequestRecord, [_request(number) for number in range(TASKS)]),
        faults=frame(FaultRecord, [_kill()] if kill else []),
        accepted=tuple(names),
        report=_report(gone, kill=kill),
    )


def a_sweep() -> Runs:
    """Make a sweep that scales in proportion."""
    trials = [trial(repeat, workers, 20.0 * workers + repeat) for workers in (1, 2, 4, 6) for repeat in range(3)]
    return Runs(trials=frame(TrialRecord, trials), runs=())


def _task(number: int, name: str, *, lost: bool) -> TaskRecord:
    begin = number / 20
    return TaskRecord(
        trial=0,
        task_id=name,
        type="sleep",
        priority=5,
        intended_s=begin,
        accepted_s=begin,
        started_s=None if lost else begin + 0.1,
        finished_s=None if lost else begin + 0.3,
        status="unknown" if lost else "succeeded",
        attempts=1,
        failures=0,
        worker=None if lost else HEIR,
    )


def _attempts(names: list[str], gone: set[str], *, kill: bool) -> list[AttemptRecord]:
    found = [
        _attempt(name, 1, HEIR, begin=number / 20, seconds=0.3, outcome="succeeded")
        for number, name in enumerate(names)
    ]
    found = [one for one in found if one.task_id not in gone]
    cut = _attempt(names[0], 1, VICTIM, begin=KILL_S - 0.1, seconds=LEASE_S, outcome="lease_expired")
    again = _attempt(names[0], 2, HEIR, begin=KILL_S + LEASE_S, seconds=0.3, outcome="succeeded")
    return [cut, *found[1:], again] if kill else found


def _attempt(name: str, number: int, worker: str, *, begin: float, seconds: float, outcome: str) -> AttemptRecord:
    return AttemptRecord(
        trial=0,
        task_id=name,
        attempt=number,
        worker=worker,
        claimed_s=begin,
        started_s=begin,
        finished_s=begin + seconds,
        outcome=outcome,
    )


def _request(number: int) -> RequestRecord:
    sent = number / 20
    return RequestRecord(
        trial=0, client="lab", tasks=1, intended_s=sent, sent_s=sent, answered_s=sent + 0.004, answer="acknowledged"
    )


def _kill() -> FaultRecord:
    return FaultRecord(trial=0, kind="kill", target=VICTIM, at_s=KILL_S, until_s=KILL_S)


def _report(gone: list[str], *, kill: bool) -> Report:
    taken = Takeover(task_id="task-0", worker=VICTIM, seconds=1.9, free_seconds=1.8, late=False, excused=False)
    return Report(
        attempted=TASKS,
        acknowledged=TASKS,
        ok=TASKS - len(gone),
        lost=tuple(gone),
        unexpected=(),
        recovered=(),
        duplicates=(),
        takeovers=(taken,) if kill else (),
        several_terminal_states=(),
        result_under_old_token=(),
        left_in_redis=(),
        refused_late=0,
        kills=int(kill),
        drained=True,
        lease_seconds=LEASE_S,
    )
