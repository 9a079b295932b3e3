"""A soak's plan of faults."""

from __future__ import annotations

from collections import Counter

from benchmarks.checker import FaultKind
from benchmarks.crash.plan import plan
from benchmarks.crash.trial import Faults, Trial
from benchmarks.engine.system import DatabaseKind, Shape

HOUR = Trial(minutes=60, seed=1)


def test_an_hour_breaks_as_much_as_was_asked_for() -> None:
    """2,000 kills, 200 pauses or partitions, 50 wipes, rewinds or restarts of Redis."""
    counts = Counter(fault.kind for fault in plan(HOUR))
    redis = sum(
        fault.target == "redis" and fault.kind in {FaultKind.KILL, FaultKind.WIPE, FaultKind.REWIND}
        for fault in plan(HOUR)
    )
    assert counts[FaultKind.KILL] > 2_500
    assert counts[FaultKind.PAUSE] + counts[FaultKind.PARTITION] > 250
    assert redis > 60


def test_silences_outlast_the_lease() -> None:
    """A worker that comes back in time proves nothing."""
    silences = [fault for fault in plan(HOUR) if fault.target.startswith(("worker", "remote")) and fault.seconds]
    assert silences
    assert min(fault.seconds for fault in silences) > HOUR.shape.lease_seconds


def test_only_a_link_can_be_cut() -> None:
    """The local workers have none."""
    cut = {fault.target for fault in plan(HOUR) if fault.kind is FaultKind.PARTITION}
    assert cut == set(HOUR.shape.remote_workers) == {"remote-1", "remote-2", "remote-3"}


def test_a_seed_means_the_same_kills_for_every_queue() -> None:
    """A negative control under other kills would be none."""
    alone = plan(Trial(minutes=60, seed=1, shape=Shape(queue="brpop"), faults=Faults.WORKERS))
    workers = set(HOUR.shape.local_workers + HOUR.shape.remote_workers)
    assert alone == [fault for fault in plan(HOUR) if fault.kind is FaultKind.KILL and fault.target in workers]


def test_each_database_has_its_own_troubles() -> None:
    """SQLite is locked; PostgreSQL dies and hangs."""
    postgres = Trial(minutes=60, seed=1, shape=Shape(database=DatabaseKind.POSTGRESQL))
    assert {fault.kind for fault in plan(HOUR) if fault.target == "sql"} == {FaultKind.LOCK}
    assert {fault.kind for fault in plan(postgres) if fault.target == "sql"} == {FaultKind.KILL, FaultKind.PAUSE}
