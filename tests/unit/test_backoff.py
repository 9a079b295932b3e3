"""Pauses between attempts: bounded, growing, spread."""

from __future__ import annotations

import math
from random import Random
from statistics import mean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from system.policies.backoff import delay
from system.tasks.handlers import Jitter, Retry

retries = st.builds(
    Retry,
    base=st.floats(min_value=0.001, max_value=1000),
    cap=st.floats(min_value=0.001, max_value=100_000),
    jitter=st.sampled_from(["full", "equal", "none"]),
)


@given(retries, st.integers(min_value=1, max_value=10_000), st.integers())
def test_a_pause_stays_within_its_bounds(retry: Retry, failures: int, seed: int) -> None:
    """Whatever the numbers, and however many failures: never negative, never above the cap or the doubled base."""
    pause = delay(retry, failures, Random(seed))
    highest = min(retry.cap, retry.base * 2.0 ** min(failures - 1, 1000))
    lowest = {"full": 0.0, "equal": highest / 2, "none": highest}[retry.jitter]
    assert lowest <= pause <= highest


def test_without_jitter_pauses_double_up_to_the_cap() -> None:
    """The formula itself: min(cap, base * 2**n)."""
    retry = Retry(base=1.0, cap=10.0, jitter="none")
    assert [delay(retry, failures, Random(1)) for failures in range(1, 7)] == [1, 2, 4, 8, 10, 10]


@pytest.mark.parametrize(("jitter", "average"), [("full", 0.5), ("equal", 0.75), ("none", 1.0)])
def test_jitter_spreads_a_crowd(jitter: Jitter, average: float) -> None:
    """A thousand tasks that failed together come back evenly over the jitter's range."""
    retry, random = Retry(base=1.0, jitter=jitter), Random(1)
    assert mean(delay(retry, 1, random) for _ in range(1000)) == pytest.approx(average, abs=0.03)


def test_the_same_seed_gives_the_same_pause() -> None:
    """Chance is a parameter, so a simulation can be repeated."""
    assert delay(Retry(), 3, Random(7)) == delay(Retry(), 3, Random(7))


def test_a_list_of_pauses_is_taken_as_it_is() -> None:
    """Exactly these, one after the other, and the last one again and again; neither base nor jitter plays a part."""
    retry = Retry(delays=(1, 5, 30))
    assert [delay(retry, failures, Random(1)) for failures in range(1, 6)] == [1, 5, 30, 30, 30]


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_attempts": 0},
        {"base": -1.0},
        {"cap": math.inf},
        {"cap": math.nan},
        {"delays": [1, -1]},
    ],
)
def test_what_can_not_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    """A wrong policy is found where it is written, not at the first failure."""
    with pytest.raises(ValueError, match="pauses of 0 s or more"):
        Retry(**wrong)
