"""Which faults come how often: each part of the system has a schedule of its own, from the trial's seed.

Lengths are seconds. Pauses and partitions outlast a lease, so that what their worker held is taken over meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.checker import REDIS, FaultKind
from benchmarks.crash.trial import Faults, Trial
from benchmarks.engine.system import DatabaseKind
from benchmarks.faults.schedule import Planned, Rate, schedule
from benchmarks.faults.sql import SQL
from system.local.launcher import API, UPKEEP

Rates = Mapping[FaultKind, Rate]
SEEDS = 10  # more than there are parts: no two trials share one

SERVERS: Rates = {FaultKind.KILL: Rate(per_minute=2.5, targets=[API, UPKEEP])}
OF_REDIS: Rates = {
    FaultKind.KILL: Rate(per_minute=0.5, targets=[REDIS], shortest=0.0, longest=3.0),
    FaultKind.WIPE: Rate(per_minute=0.5, targets=[REDIS]),
    FaultKind.REWIND: Rate(per_minute=0.5, targets=[REDIS], shortest=0.5, longest=3.0),
    FaultKind.FUNCTIONS: Rate(per_minute=0.5, targets=[REDIS]),
    FaultKind.PAUSE: Rate(per_minute=0.25, targets=[REDIS], shortest=0.5, longest=3.0),
}
OF_SQLITE: Rates = {FaultKind.LOCK: Rate(per_minute=0.7, targets=[SQL], shortest=1.0, longest=7.0)}
OF_POSTGRESQL: Rates = {
    FaultKind.KILL: Rate(per_minute=0.35, targets=[SQL], shortest=0.0, longest=4.0),
    FaultKind.PAUSE: Rate(per_minute=0.35, targets=[SQL], shortest=1.0, longest=7.0),
}


def plan(trial: Trial) -> list[Planned]:
    """Plan all faults of a trial in the order of their times."""
    parts = [_kills(trial)]
    if trial.faults is Faults.ALL:
        of_sql = OF_SQLITE if trial.shape.database is DatabaseKind.SQLITE else OF_POSTGRESQL
        parts += [_silences(trial), SERVERS, OF_REDIS, of_sql]
    planned = [
        fault
        for number, rates in enumerate(parts)
        for fault in schedule(trial.seed * SEEDS + number, trial.seconds, rates)
    ]
    return sorted(planned, key=lambda fault: fault.at)


def _kills(trial: Trial) -> Rates:
    targets = trial.shape.local_workers + trial.shape.remote_workers
    return {FaultKind.KILL: Rate(per_minute=trial.kills_per_minute, targets=targets)}


def _silences(trial: Trial) -> Rates:
    shape = trial.shape
    length = {"shortest": shape.lease_seconds + 0.5, "longest": shape.lease_seconds * 2 + 1}
    return {
        FaultKind.PAUSE: Rate(per_minute=3.0, targets=shape.local_workers + shape.remote_workers, **length),
        FaultKind.PARTITION: Rate(per_minute=3.0, targets=shape.remote_workers, **length),
    }
