"""Makes a run's records out of its evidence: milliseconds since 1970 become seconds since the first submit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.checker import Fault, Report, check
from benchmarks.engine.operations import operations
from benchmarks.records import AttemptRecord, FaultRecord, RequestRecord, TaskRecord, TrialRecord
from lab.caller import Caller
from lab.evidence import Evidence
from lab.run import Run, frame, len_of

Seconds = Callable[[float | None], float | None]
SUCCEEDED, UNKNOWN = "succeeded", "unknown"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a system was asked to be; the same words as TrialRecord's."""

    trial: int
    phase: int
    queue: str
    accept: str
    workers: int
    concurrency: int
    lease_seconds: float


def assemble(
    name: str, asked: Asked, *, evidence: Evidence, caller: Caller, faults: Sequence[Fault], logs: Sequence[Path] = ()
) -> Run:
    """Let the checker judge, and make the records; `logs` are those of other clients, whose calls the caller has."""
    history = evidence.history
    history.operations, history.faults = [one for log in (caller.log, *logs) for one in operations(log)], [*faults]
    report = check(history)
    begin = min((call.sent for call in caller.calls), default=0.0)

    def since(ms: float | None) -> float | None:
        return None if ms is None else ms / 1000 - begin

    accepted = tuple(task_id for call in caller.calls for task_id in call.ids)
    answered = {task_id: call.answered * 1000 for call in caller.calls for task_id in call.ids}
    tries = sorted((_attempt(asked.trial, row, since) for row in evidence.attempts), key=lambda one: one.claimed_s)
    known = {row["id"]: row for row in evidence.tasks}
    intended = _intended(caller, begin)
    tasks = [
        _task(asked.trial, known.get(one) or _witnessed(one, answered[one], evidence), since, intended.get(one))
        for one in dict.fromkeys([*accepted, *known])
    ]
    return Run(
        name=name,
        trial=_trial(asked, caller, report, tasks, begin),
        tasks=frame(TaskRecord, tasks),
        attempts=frame(AttemptRecord, tries),
        requests=frame(RequestRecord, _requests(asked.trial, caller, begin)),
        faults=frame(FaultRecord, [_fault(asked.trial, fault, since) for fault in faults]),
        accepted=accepted,
        report=report,
    )


def _intended(caller: Caller, begin: float) -> dict[str, float]:
    """Return when the schedule wanted tasks submitted, of those that came one by one."""
    return {call.ids[0]: call.intended - begin for call in caller.calls if len(call.ids) == call.tasks == 1}


def _witnessed(task_id: str, answered: float, evidence: Evidence) -> dict[str, Any]:
    """Make a row of what is known of a task whose record died with its process."""
    mine: Mapping[str, Any] = next((one for one in evidence.attempts if one["task_id"] == task_id), {})
    ended = mine.get("finished_at")
    return {
        "id": task_id,
        "type": "",
        "priority": 5,
        "created_at": answered,
        "started_at": mine.get("started_at"),
        "finished_at": ended,
        "status": UNKNOWN if ended is None else SUCCEEDED,
        "attempts": len(mine) and 1,
        "failures": 0,
        "worker": mine.get("worker"),
    }


def _task(trial: int, row: Mapping[str, Any], since: Seconds, intended: float | None) -> TaskRecord:
    return TaskRecord(
        trial=trial,
        task_id=row["id"],
        type=row["type"],
        priority=row["priority"],
        intended_s=intended,
        accepted_s=since(row["created_at"]) or 0.0,
        started_s=since(row["started_at"]),
        finished_s=since(row["finished_at"]),
        status=str(row["status"]),
        attempts=row["attempts"],
        failures=row["failures"],
        worker=row["worker"],
    )


def _attempt(trial: int, row: Mapping[str, Any], since: Seconds) -> AttemptRecord:
    return AttemptRecord(
        trial=trial,
        task_id=row["task_id"],
        attempt=row["attempt"],
        worker=row["worker"] or "",
        claimed_s=since(row["claimed_at"] or row["started_at"]) or 0.0,
        started_s=since(row["started_at"]),
        finished_s=since(row["finished_at"]),
        outcome=row["outcome"],
    )


def _requests(trial: int, caller: Caller, begin: float) -> list[RequestRecord]:
    return [
        RequestRecord(
            trial=trial,
            client="lab",
            tasks=call.tasks,
            intended_s=call.intended - begin,
            sent_s=call.sent - begin,
            answered_s=call.answered - begin,
            answer=str(call.answer),
        )
        for call in caller.calls
    ]


def _fault(trial: int, fault: Fault, since: Seconds) -> FaultRecord:
    begin, end = since(fault.at) or 0.0, since(fault.until) or 0.0
    return FaultRecord(trial=trial, kind=str(fault.kind), target=fault.target, at_s=begin, until_s=end)


def _trial(asked: Asked, caller: Caller, report: Report, tasks: Sequence[TaskRecord], begin: float) -> TrialRecord:
    ends = [one.finished_s for one in tasks if one.status == SUCCEEDED and one.finished_s is not None]
    last_call = max((call.answered - begin for call in caller.calls), default=0.0)
    measured = max(ends, default=0.0)
    kinds = sorted({one.type for one in tasks if one.type})
    return TrialRecord(
        trial=asked.trial,
        point=f"workers={asked.workers}",
        repeat=0,
        seed=0,
        began_at=begin,
        phase=asked.phase,
        queue=asked.queue,
        database="sqlite" if asked.phase > 1 else "memory",
        accept=asked.accept,
        workers=asked.workers,
        concurrency=asked.concurrency,
        lease_seconds=asked.lease_seconds,
        mix="+".join(kinds),
        arrivals="constant" if any(call.tasks == 1 for call in caller.calls) else "backlog",
        measured_s=measured,
        accepted=report.acknowledged,
        done=len(ends),
        throughput=len(ends) / measured if measured else 0.0,
        drain_s=max(0.0, measured - last_call),
        verdict=str(report.verdict),
        checked={name: len_of(getattr(report, name)) for name in ("attempted", "acknowledged", "ok", "lost", "kills")},
    )
