"""The highest rate that was kept up with, out of trials at several rates."""

from __future__ import annotations

from benchmarks.engine.knee import Knee, knee
from benchmarks.records import TrialRecord


def trial(rate: float, *, kept_up: bool | None = True, missed: int = 0) -> TrialRecord:
    """Make a trial at a rate."""
    return TrialRecord(
        trial=0,
        point=f"rate={rate:g}",
        repeat=0,
        seed=1,
        began_at=0.0,
        workers=1,
        concurrency=1,
        lease_seconds=10.0,
        mix="noop",
        arrivals="poisson",
        rate=rate,
        measured_s=10.0,
        accepted=1,
        done=1,
        throughput=0.1,
        drain_s=0.0,
        kept_up=kept_up,
        missed=missed,
        verdict="valid",
    )


def test_the_last_rate_before_the_first_that_was_too_much() -> None:
    """A higher one that happened to go well does not count."""
    assert knee([trial(30), trial(10), trial(20, kept_up=False)]) == Knee(10, 20)
    assert knee([trial(10, kept_up=False), trial(20)]) == Knee(None, 10)
    assert knee([trial(10), trial(20)]) == Knee(20, None)


def test_most_trials_of_a_rate_decide() -> None:
    """And arrivals that were never sent are none that it kept up with."""
    twice = [trial(20), trial(20), trial(20, kept_up=False)]
    assert knee([trial(10), *twice]) == Knee(20, None)
    assert knee([trial(10), trial(20), trial(20, missed=1)]) == Knee(10, 20)


def test_one_rate_has_no_knee() -> None:
    """Nor has a backlog."""
    assert knee([trial(10), trial(10)]) is None
    assert knee([trial(10, kept_up=None), trial(20, kept_up=None)]) is None
