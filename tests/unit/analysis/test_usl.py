"""The Universal Scalability Law found again in data that were made by it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.analysis.bootstrap import NoValues
from benchmarks.analysis.efficiency import efficiency
from benchmarks.analysis.usl import TooFewPoints, fit

COUNTS = [1, 2, 4, 8, 12, 16]


def made(
    alpha: float, beta: float, *, rate: float = 100, spread: float = 0.0, seed: int = 0
) -> tuple[list[int], list[float]]:
    """Return five trials at each number of workers."""
    chance = np.random.default_rng(seed)
    workers = COUNTS * 5
    rates = [rate * n / (1 + alpha * (n - 1) + beta * n * (n - 1)) for n in workers]
    return workers, (np.array(rates) * np.exp(chance.normal(0, spread, len(rates)))).tolist()


@settings(max_examples=50)
@given(st.floats(0, 0.9), st.floats(0, 0.1), st.floats(0.1, 1e5))
def test_exact_data_give_the_parameters_back(alpha: float, beta: float, rate: float) -> None:
    """Without noise there is one answer."""
    found = fit(*made(alpha, beta, rate=rate), seed=1)
    assert found.lambda_one == pytest.approx(rate, rel=1e-5)
    assert found.alpha == pytest.approx(alpha, abs=1e-5)
    assert found.beta == pytest.approx(beta, abs=1e-5)
    assert found.r_squared == pytest.approx(1)


def test_noisy_data_give_intervals_that_hold_the_truth() -> None:
    """2 % of scatter; 20 experiments, of which nearly all hold each of the parameters."""
    held = {"alpha": 0, "beta": 0, "n_star": 0}
    for seed in range(20):
        found = fit(*made(0.05, 0.004, spread=0.02, seed=seed), seed=seed)
        assert found.alpha == pytest.approx(0.05, abs=0.03)
        assert found.beta == pytest.approx(0.004, abs=0.0025)
        for name, truth in (("alpha", 0.05), ("beta", 0.004), ("n_star", math.sqrt(0.95 / 0.004))):
            held[name] += not getattr(found.intervals, name).excludes(truth)
    assert min(held.values()) >= 15


def test_fewer_than_four_numbers_of_workers_are_refused() -> None:
    """However many trials there are of each."""
    with pytest.raises(TooFewPoints, match="3 different numbers of workers, and the law needs 4"):
        fit([1, 2, 4] * 9, [1.0, 2.0, 4.0] * 9, seed=1)


@pytest.mark.parametrize("rates", [[0.0, 1, 2, 3], [1.0, 0.1, 0.01, 0.001]])
def test_data_that_follow_no_such_law_are_refused(rates: list[float]) -> None:
    """No throughput at all, or a fall that no contention explains."""
    with pytest.raises(TooFewPoints):
        fit([2, 4, 8, 16], rates, seed=1)


def test_no_parameter_falls_below_zero() -> None:
    """Better than linear growth is fitted as linear, not as a gain from contention."""
    found = fit(COUNTS, [n**1.2 for n in COUNTS], seed=1)
    assert found.alpha >= 0
    assert found.beta >= 0
    assert found.n_star is None
    assert "no peak" in found.about_n_star


def test_one_trial_at_each_point_has_no_intervals() -> None:
    """There are no repeats to draw from."""
    workers, rates = made(0.05, 0.004)
    found = fit(workers[: len(COUNTS)], rates[: len(COUNTS)], seed=1)
    assert not found.intervals.alpha.known
    assert not found.intervals.n_star.known
    assert found.alpha == pytest.approx(0.05)


def test_a_peak_outside_what_was_measured_is_called_an_extrapolation() -> None:
    """N* of 30 out of 1 to 16; N* of 10 is a finding."""
    beyond = fit(*made(0.1, 0.001), seed=1)
    assert beyond.n_star == pytest.approx(30)
    assert not beyond.n_star_measured
    assert "outside the measured 1 to 16" in beyond.about_n_star
    within = fit(*made(0.1, 0.009), seed=1)
    assert within.n_star == pytest.approx(10)
    assert within.n_star_measured
    assert within.predict(10) > max(within.predict(9), within.predict(11))


def test_where_a_peak_is_uncertain_its_interval_has_no_end() -> None:
    """Pure contention with scatter: some resamples have no peak."""
    found = fit(*made(0.1, 0.0, spread=0.05, seed=2), seed=1)
    assert found.intervals.n_star.high == math.inf


def test_efficiency_against_the_line_through_the_fewest_workers() -> None:
    """Medians of trials: 2 workers 200/s, 4 workers 300/s are 75 % of the ideal 400."""
    found = efficiency([4, 2, 2, 2, 4, 4], [300, 200, 190, 900, 10, 310])
    assert [(one.workers, one.speed_up, one.efficiency) for one in found] == [(2, 2, 1), (4, 3, 0.75)]
    with pytest.raises(NoValues):
        efficiency([], [])
