"""A schedule of faults is chance that can be had again."""

from __future__ import annotations

import itertools

import pytest

from benchmarks.checker import FaultKind
from benchmarks.faults.schedule import Planned, Rate, schedule

WORKERS = ["worker-1", "worker-2", "worker-3"]
RATES = {
    FaultKind.KILL: Rate(per_minute=30, targets=WORKERS),
    FaultKind.PAUSE: Rate(per_minute=6, targets=WORKERS, shortest=2, longest=5),
    FaultKind.WIPE: Rate(per_minute=1, targets=["redis"]),
}


def of(kind: FaultKind, faults: list[Planned]) -> list[Planned]:
    """Choose one kind."""
    return [fault for fault in faults if fault.kind is kind]


def test_the_same_seed_gives_the_same_faults() -> None:
    """A failing soak can be run again."""
    assert schedule(7, 600, RATES) == schedule(7, 600, RATES)


def test_a_known_seed_gives_known_faults_on_every_machine() -> None:
    """The seed printed by one machine works on another: no hash that differs from process to process is in it."""
    first = schedule(7, 600, RATES)[0]
    assert (round(first.at, 6), first.kind, first.target) == (1.923569, FaultKind.KILL, "worker-1")


def test_another_seed_gives_others() -> None:
    """Each night another soak."""
    assert schedule(7, 600, RATES) != schedule(8, 600, RATES)


def test_faults_come_in_order_within_the_trial() -> None:
    """Whoever carries them out reads the list from top to bottom."""
    faults = schedule(7, 600, RATES)
    assert all(earlier.at <= later.at for earlier, later in itertools.pairwise(faults))
    assert all(0 < fault.at < 600 for fault in faults)


def test_each_kind_keeps_its_rate_its_targets_and_its_length() -> None:
    """Counts are within five standard deviations of what the rates say."""
    faults = schedule(7, 6000, RATES)
    for kind, rate in RATES.items():
        expected = rate.per_minute * 100
        assert len(of(kind, faults)) == pytest.approx(expected, abs=5 * expected**0.5)
        assert {fault.target for fault in of(kind, faults)} == set(rate.targets)
        assert all(rate.shortest <= fault.seconds <= rate.longest for fault in of(kind, faults))


def test_one_kinds_rate_does_not_move_the_others() -> None:
    """To look at kills alone, switch the rest off: they come when they came before."""
    alone = schedule(7, 600, RATES | {FaultKind.PAUSE: Rate(per_minute=0, targets=WORKERS)})
    assert of(FaultKind.KILL, alone) == of(FaultKind.KILL, schedule(7, 600, RATES))
    assert of(FaultKind.PAUSE, alone) == []
