"""The retry budget: a bucket of tokens in one number."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from system.policies.budget import admit
from system.tasks.handlers import RetryBudget


def starts(budget: RetryBudget, times: list[float]) -> list[float]:
    """Return when each of the retries that are asked for at `times` (ms) may begin."""
    begun, spoken_for = [], 0.0
    for now in times:
        start, spoken_for = admit(budget, spoken_for, now)
        begun.append(start)
    return begun


def test_a_burst_goes_at_once_and_the_rest_in_step() -> None:
    """Three tokens for the first three, then one every half second."""
    budget = RetryBudget(per_second=2, burst=3)
    assert starts(budget, [1000.0] * 6) == [1000, 1000, 1000, 1500, 2000, 2500]


def test_a_rest_fills_the_bucket_and_no_more() -> None:
    """After a long rest there is a burst again, not all the tokens of the rest."""
    budget = RetryBudget(per_second=1, burst=2)
    assert starts(budget, [0.0] * 4 + [60_000.0] * 3) == [0, 0, 1000, 2000, 60_000, 60_000, 61_000]


@given(
    st.floats(min_value=0.1, max_value=1000),
    st.integers(min_value=1, max_value=20),
    st.lists(st.integers(min_value=0, max_value=60_000), min_size=1, max_size=100),
)
def test_no_stretch_of_time_sees_more_than_a_burst_and_the_rate(rate: float, burst: int, times: list[int]) -> None:
    """Whenever retries are asked for: none begins too early, and any window holds at most burst + rate * window."""
    asked = sorted(map(float, times))
    begun = starts(RetryBudget(rate, burst), asked)
    assert all(start >= now for start, now in zip(begun, asked, strict=True))
    for first, start in enumerate(begun):
        for last in range(first, len(begun)):
            assert last - first + 1 <= burst + rate * (begun[last] - start) / 1000 + 1e-6


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (math.inf, 1), (math.nan, 1), (1, 0)])
def test_a_budget_without_tokens_is_refused(rate: float, burst: int) -> None:
    """It would hold every retry back for good."""
    with pytest.raises(ValueError, match="rate above 0"):
        RetryBudget(rate, burst)
