"""How much to claim ahead: learnt from the pace, careful when in doubt."""

from __future__ import annotations

import pytest

from system.worker.appetite import MOST, Appetite


def hungry(*experience: tuple[int, float]) -> int:
    """Return how many to claim ahead after (tasks, seconds) each."""
    appetite = Appetite()
    for tasks, seconds in experience:
        appetite.learn(tasks, seconds)
    return appetite.ahead()


@pytest.mark.parametrize(
    ("tasks", "seconds", "ahead"),
    [(0, 0.0, 0), (0, 5.0, 0), (1, 5.0, 0), (50, 0.1, 2), (1_000, 0.1, 50), (30_000, 1.0, MOST)],
)
def test_it_asks_for_five_milliseconds_of_work(tasks: int, seconds: float, ahead: int) -> None:
    """Nothing ahead of long tasks, a full batch of the shortest."""
    assert hungry((tasks, seconds)) == ahead


def test_only_the_last_tenth_of_a_second_counts() -> None:
    """A worker that turns from no-ops to long tasks claims nothing ahead after the first of them."""
    assert hungry((3_000, 0.1), (1, 5.0)) == 0
    assert hungry((1, 5.0), (3_000, 0.1)) == MOST


def test_a_short_moment_does_not_outweigh_what_is_known() -> None:
    """One slow task among many changes the estimate in proportion to its time."""
    assert hungry((3_000, 0.1), (1, 0.05)) == 75


def test_it_can_start_anew() -> None:
    """After claims had to be given back it begins at nothing."""
    appetite = Appetite()
    appetite.learn(3_000, 0.1)
    appetite.forget()
    assert appetite.ahead() == 0
