"""When alerts fire and clear, on a clock that a test turns."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from system.policies.alerts import RULES, Rule, Standing, rules_of, step

RULE = Rule("depth", 100, 30, "{value:g}")
OK = Standing("ok", 0)


def states(values: list[float | None], every: int = 10) -> str:
    """Return how the alert stood after each value, one a letter, `every` seconds apart."""
    standing, shown = OK, ""
    for place, value in enumerate(values):
        standing = step(RULE, standing, value, place * every * 1000)
        shown += standing.state[0]
    return shown


def test_it_fires_after_its_time() -> None:
    """Thirty seconds above the threshold, not on it."""
    assert states([101, 101, 101, 101, 101]) == "ooof" + "f"
    assert states([100] * 9) == "o" * 9


def test_a_short_peak_is_none() -> None:
    """Time begins anew when the value was below in between."""
    assert states([500, 500, 500, 0, 500, 500, 500]) == "o" * 7


def test_it_clears_at_a_distance_and_after_its_time() -> None:
    """Just below the threshold is not better; 80 % of it, for as long, is."""
    assert states([200] * 4 + [90] * 6) == "ooof" + "f" * 6
    assert states([200] * 4 + [80] * 4) == "ooof" + "fffo"
    assert states([200] * 4 + [80, 80, 200, 80, 80, 80, 80]) == "ooof" + "ffffff" + "o"


def test_what_is_not_known_changes_nothing() -> None:
    """Neither state is proved by silence."""
    assert states([200, 200, None, 200, 200, 200, 200]) == "oooooo" + "f"
    assert states([200] * 4 + [None] * 9) == "ooof" + "f" * 9


def test_since_is_when_it_turned() -> None:
    """Not when the value first rose."""
    standing = OK
    for second in (0, 10, 20, 30, 40):
        standing = step(RULE, standing, 200, second * 1000)
    assert (standing.state, standing.since, standing.value) == ("firing", 30_000, 200)


@given(st.lists(st.floats(min_value=0, max_value=300), max_size=200))
def test_it_never_changes_twice_within_its_time(values: list[float]) -> None:
    """Whatever the value does."""
    standing, turns = OK, [0]
    for second, value in enumerate(values):
        after = step(RULE, standing, value, second * 1000)
        if after.state != standing.state:
            turns.append(second)
        standing = after
    assert all(later - earlier >= RULE.seconds for earlier, later in pairwise(turns))


def test_rules_are_changed_by_name() -> None:
    """Threshold, or both; the others stay."""
    changed = {rule.name: rule for rule in rules_of("queue_depth=5:0, error_rate = 0.5 ,")}
    assert (changed["queue_depth"].threshold, changed["queue_depth"].seconds) == (5, 0)
    assert (changed["error_rate"].threshold, changed["error_rate"].seconds) == (0.5, 30)
    assert [*changed] == [rule.name for rule in RULES]
    assert rules_of("") == RULES


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("depth=1", "no alert 'depth'"),
        ("queue_depth", "no number"),
        ("queue_depth=-1", "no number"),
        ("queue_depth=1:soon", "'soon'"),
        ("queue_depth=nan", "no number"),
    ],
)
def test_wrong_rules_are_named(text: str, said: str) -> None:
    """With what would be right."""
    with pytest.raises(ValueError, match=said):
        rules_of(text)
