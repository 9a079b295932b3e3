"""Load shapes: how large a part of the users is there when, as their names say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.shapes.levels import ramp, spike, steps

shares = st.floats(0, 1)


@given(shares, shares)
def test_ramp_and_steps_only_grow(one: float, other: float) -> None:
    """Up to all users, never above."""
    for shape in (ramp, steps):
        assert 0 <= shape(min(one, other)) <= shape(max(one, other)) <= 1


def test_levels() -> None:
    """At the beginning, in the middle and at the end."""
    assert [steps(passed) for passed in (0, 0.19, 0.2, 0.5, 0.99, 1)] == [0.2, 0.2, 0.4, 0.6, 1, 1]
    assert [spike(passed) for passed in (0, 0.39, 0.4, 0.59, 0.6, 1)] == [0.1, 0.1, 1, 1, 0.1, 0.1]
    assert [ramp(passed) for passed in (0, 0.5, 1)] == [0, 0.5, 1]
