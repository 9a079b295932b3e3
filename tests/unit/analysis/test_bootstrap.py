"""Intervals of repeats: as wide as they should be, repeatable, and silent where they know nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.analysis.bootstrap import NoValues, interval, ratio

RATES = st.lists(st.floats(1, 1e6), min_size=3, max_size=12)


@pytest.mark.parametrize("values", [[7.0], [7.0, 9.0]])
def test_one_or_two_values_have_no_interval(values: list[float]) -> None:
    """A middle, and nothing that could be taken for certainty."""
    found = interval(values, seed=1)
    assert (found.low, found.middle, found.high) == (None, np.median(values), None)
    assert not found.known
    assert not found.excludes(1e9)
    assert ratio([1.0, 1.0, 1.0], values, seed=1).low is None


def test_no_values_are_an_error() -> None:
    """Nothing has no median."""
    with pytest.raises(NoValues):
        interval([], seed=1)
    with pytest.raises(NoValues):
        ratio([1.0], [], seed=1)


def test_the_interval_holds_the_true_median_as_often_as_it_says() -> None:
    """95 % of 300 experiments of 15 values each, within what chance allows."""
    chance = np.random.default_rng(5)
    held = 0
    for number in range(300):
        found = interval(chance.normal(100, 10, 15).tolist(), seed=number)
        held += not found.excludes(100)
    assert 0.90 <= held / 300 <= 0.99


@settings(max_examples=25)
@given(RATES, st.integers(0, 1000))
def test_an_interval_is_repeatable_ordered_and_within_the_data(values: list[float], seed: int) -> None:
    """The same seed, the same interval; no resample leaves the data's range."""
    found = interval(values, seed=seed)
    assert found == interval(values, seed=seed)
    assert found.low is not None
    assert found.high is not None
    assert min(values) <= found.low <= found.middle <= found.high <= max(values)


def test_another_statistic_can_be_asked_for() -> None:
    """The mean of a skewed sample is not its median, and more confidence takes more room."""
    values = [1.0, 2.0, 3.0, 4.0, 90.0]
    narrow = interval(values, statistic=np.mean, confidence=0.5, seed=1)
    wide = interval(values, statistic=np.mean, seed=1)
    assert narrow.middle == pytest.approx(20)
    assert narrow.high is not None
    assert wide.high is not None
    assert narrow.high < wide.high


def test_a_ratio_of_two_samples() -> None:
    """Twice as fast with little scatter is surely faster; the same sample twice is not."""
    chance = np.random.default_rng(2)
    a, b = chance.normal(100, 2, 6).tolist(), chance.normal(200, 4, 6).tolist()
    found = ratio(a, b, seed=1)
    assert found.middle == pytest.approx(2, rel=0.05)
    assert found.excludes(1)
    assert not found.excludes(2)
    assert not ratio(a, a, seed=1).excludes(1)
