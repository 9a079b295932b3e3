"""Shares by weight: everybody gets his part, evenly spread, whoever else waits."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from system.policies.shares import CIRCLE, named_weights, pick, priority_weights, take
from system.worker.rota import Rota

WEIGHTS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 100), min_size=1)


@given(WEIGHTS, st.integers(0, CIRCLE - 1))
def test_everybody_gets_his_part(weights: dict[str, int], start: int) -> None:
    """Of any thousand turns in a row, within one in a hundred."""
    turns = Counter(pick(weights, turn) for turn in range(start, start + 1_000))
    for name, weight in weights.items():
        assert turns[name] == pytest.approx(1_000 * weight / sum(weights.values()), abs=10)


def test_the_turns_are_evenly_spread() -> None:
    """Nobody has all his turns in one lump: one of ten waits never much longer than ten turns."""
    his = [turn for turn in range(10_000) if pick({"much": 9, "little": 1}, turn) == "little"]
    assert max(later - earlier for earlier, later in pairwise(his)) <= 13


@given(st.dictionaries(st.integers(0, 9), st.integers(0, 30)), st.integers(0, 100_000), st.integers(0, 100))
def test_as_many_as_wait(waiting: dict[int, int], turn: int, limit: int) -> None:
    """Never more of a priority than wait, and as many in all as are wanted or there."""
    taken = Counter(take(waiting, [1] * 10, turn, limit))
    assert all(taken[priority] <= waiting[priority] for priority in taken)
    assert taken.total() == min(limit, sum(waiting.values()))


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("strict", None),
        ("proportional", (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)),
        ("9=16, 5=4", (1, 1, 1, 1, 1, 4, 1, 1, 1, 16)),
    ],
)
def test_how_priorities_share(text: str, weights: tuple[int, ...] | None) -> None:
    """A word, or weights where the others have 1."""
    assert priority_weights(text) == weights


@pytest.mark.parametrize("text", ["", "fair", "10=1", "9", "9=0", "9=1.5", "9=-1", "9=1001", "9=1,,"])
def test_what_is_no_way_to_share(text: str) -> None:
    """It is refused with a word about what is needed."""
    with pytest.raises(ValueError, match=r"needed|weight"):
        priority_weights(text)


def test_names_with_weights() -> None:
    """In their order; without a number it is 1."""
    assert list(named_weights("b=3, a").items()) == [("b", 3), ("a", 1)]
    with pytest.raises(ValueError, match="weight"):
        named_weights("a=x")


def test_a_rota() -> None:
    """Without weights always the same; with them each is first in its turn, and the others follow in their order."""
    assert [Rota(["a", "b"]).next() for _ in range(3)] == [["a", "b"]] * 3
    rota = Rota(["a", "b", "c"], {"a": 2, "b": 1, "c": 1})
    orders = Counter(tuple(rota.next()) for _ in range(400))
    expected = {("a", "b", "c"): 200, ("b", "a", "c"): 100, ("c", "a", "b"): 100}
    assert orders.keys() == expected.keys()
    assert all(orders[order] == pytest.approx(count, abs=3) for order, count in expected.items())
