"""What is left of a run for the judges: the queue's history, the handlers' journal, and what was done to whom."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from benchmarks.checker import Answer, End, Fault, FaultKind, History, Operation, Outcome, Refusal, Run
from benchmarks.simulation.handler import Stint
from benchmarks.simulation.network import Disturbance
from benchmarks.simulation.scenario import Scenario
from system.tasks.events import Event, Kind

START = 1_764_000_000  # seconds since 1970: the server's clock when the world begins
SETTLES = {
    Kind.SUCCEEDED: Outcome.SUCCEEDED,
    Kind.DEAD: Outcome.DEAD,
    Kind.CANCELLED: Outcome.CANCELLED,
    Kind.RETRYING: Outcome.RETRYING,
    Kind.RELEASED: Outcome.RELEASED,
    Kind.EXPIRED: Outcome.EXPIRED,
}
ENDS = frozenset({Kind.SUCCEEDED, Kind.DEAD, Kind.CANCELLED})


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was done to a worker; times are seconds of the world's clock."""

    worker: str
    kind: FaultKind
    at: float
    until: float
    threads: tuple[str, ...] = ()
    """Of those that stood still, "main" or "side"."""


@dataclass(slots=True)
class Stop:
    """A worker that was told to stop, when, and when it had; its tasks had so many seconds to end."""

    told: float
    grace: float
    ended: float = math.inf


@dataclass(kw_only=True)
class Evidence:
    """One run."""

    scenario: Scenario
    events: list[Event] = field(default_factory=list)
    stints: list[Stint] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)
    disturbances: list[Disturbance] = field(default_factory=list)
    stops: dict[str, Stop] = field(default_factory=dict)
    """The end of each worker that was told to stop."""
    notes: list[tuple[float, str, str]] = field(default_factory=list)
    """When, who, what: for the log."""
    troubles: list[str] = field(default_factory=list)
    """What nobody expected: a worker that crashed, a coroutine left over."""
    leftovers: list[str] = field(default_factory=list)
    drained: bool = False


def seconds(event_at: int) -> float:
    """Return the world's time of an event."""
    return event_at / 1000 - START


def history(evidence: Evidence) -> History:
    """Tell it as the checker wants it told."""
    runs: dict[tuple[str, str], Run] = {}
    ends: list[End] = []
    refusals: list[Refusal] = []
    for event in evidence.events:
        token = event.token or ""
        if event.kind is Kind.REFUSED:
            refusals.append(Refusal(task_id=event.task_id, token=token, at=event.at))
        elif event.kind is Kind.CLAIMED:
            runs[event.task_id, token] = _run(event)
        elif event.kind in SETTLES and (event.task_id, token) in runs:
            runs[event.task_id, token] = _run(event, runs[event.task_id, token].started_at)
        if event.kind in ENDS:
            ends.append(End(task_id=event.task_id, state=event.kind, at=event.at, token=event.token))
    return History(
        operations=[
            Operation(key=task.id, sent_at=_ms(task.at), answer=Answer.ACKNOWLEDGED) for task in evidence.scenario.tasks
        ],
        runs=list(runs.values()),
        ends=ends,
        refusals=refusals,
        faults=[
            Fault(kind=deed.kind, target=deed.worker, at=_ms(deed.at), until=_ms(deed.until)) for deed in evidence.deeds
        ],
        leftovers=evidence.leftovers,
        drained=evidence.drained,
        lease_seconds=evidence.scenario.lease_seconds,
    )


def _run(event: Event, started_at: int | None = None) -> Run:
    over = started_at is not None
    return Run(
        task_id=event.task_id,
        worker=event.worker,
        token=event.token,
        started_at=event.at if started_at is None else started_at,
        ended_at=event.at if over else None,
        outcome=SETTLES[event.kind] if over else None,
    )


def _ms(at: float) -> int:
    return round((START + at) * 1000)
