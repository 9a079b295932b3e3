"""The circuit breaker's state machine, by the clock of a test."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from system.policies.breaker import (
    PROBE_MS,
    Mode,
    News,
    State,
    failures_in_window,
    forced,
    rule_of,
    step,
    verdict,
)
from system.tasks.breaker import Breaker
from system.tasks.errors import NonRetryable
from system.tasks.handlers import HANDLERS, task

BREAKER = Breaker("shop", failure_rate=0.5, minimum=4, window=10, pause=2, longest_pause=10)
RULE = rule_of(BREAKER)
T0 = 1_764_000_000_000


def broken(now: int = T0) -> State:
    """Return a breaker that has just opened."""
    return step(State(), RULE, now, attempts=4, failures=2)


def test_it_opens_at_the_rate_and_not_before_the_minimum() -> None:
    """Three failures of three are too few to judge by; two of four are half."""
    state = step(State(), RULE, T0, attempts=3, failures=3)
    assert state.mode is Mode.CLOSED
    assert step(State(), RULE, T0, attempts=4, failures=1).mode is Mode.CLOSED
    state = broken()
    assert (state.mode, state.opened_at, state.retry_at) == (Mode.OPEN, T0, T0 + 2_000)
    assert verdict(state, T0 + 500, "") == (Mode.OPEN, 1_500, False)


def test_what_left_the_window_counts_no_more() -> None:
    """Three failures, and one more eleven seconds later; but nine seconds later it is the fourth."""
    state = step(State(), RULE, T0, attempts=3, failures=3)
    assert failures_in_window(state, T0 + 8_000) == 3
    assert failures_in_window(state, T0 + 11_000) == 0
    assert step(state, RULE, T0 + 11_000, attempts=1, failures=1).mode is Mode.CLOSED
    assert step(state, RULE, T0 + 8_000, attempts=1, failures=1).mode is Mode.OPEN


def test_one_probe_goes_and_decides() -> None:
    """Nobody before the pause is over; then one, while the others wait; it closes the breaker, which begins anew."""
    state = broken()
    assert step(state, RULE, T0 + 1_999, news=News.ASK, probe="a") == state
    state = step(state, RULE, T0 + 2_000, news=News.ASK, probe="a")
    assert verdict(state, T0 + 2_000, "a").granted
    assert step(state, RULE, T0 + 2_001, news=News.ASK, probe="b") == state
    assert not verdict(state, T0 + 2_001, "b").granted
    assert step(state, RULE, T0 + 3_000, news=News.SUCCEEDED, probe="b") == state
    assert step(state, RULE, T0 + 3_000, news=News.SUCCEEDED, probe="a") == State()


def test_a_failed_probe_doubles_the_pause_up_to_the_longest() -> None:
    """2 s, 4 s, 8 s, 10 s, 10 s; it is open since the first failure."""
    state, now, pauses = broken(), T0, []
    for number in range(5):
        pauses.append(state.retry_at - now)
        now = state.retry_at
        state = step(state, RULE, now, news=News.ASK, probe=f"p{number}")
        state = step(state, RULE, now, news=News.FAILED, probe=f"p{number}")
    assert pauses == [2_000, 4_000, 8_000, 10_000, 10_000]
    assert (state.mode, state.opened_at) == (Mode.OPEN, T0)


def test_a_probe_whose_worker_died_is_given_up() -> None:
    """Nobody speaks for it: another may go, and what the first says then is not heard."""
    state = step(broken(), RULE, T0 + 2_000, news=News.ASK, probe="a")
    state = step(state, RULE, T0 + 5_000, news=News.KEEP, probe="a")
    assert step(state, RULE, T0 + 2_000 + PROBE_MS, news=News.ASK, probe="b") == state
    state = step(state, RULE, T0 + 5_000 + PROBE_MS, news=News.ASK, probe="b")
    assert state.probe == "b"
    assert step(state, RULE, T0 + 6_000 + PROBE_MS, news=News.FAILED, probe="a") == state


def test_a_probe_that_says_nothing_makes_room_at_once() -> None:
    """Its task was given back, or failed of its own input."""
    state = step(broken(), RULE, T0 + 2_000, news=News.ASK, probe="a")
    state = step(state, RULE, T0 + 2_500, news=News.DROPPED, probe="a")
    assert step(state, RULE, T0 + 2_500, news=News.ASK, probe="b").probe == "b"


@pytest.mark.parametrize("mode", [Mode.OPEN, Mode.CLOSED])
def test_what_is_forced_stays(mode: Mode) -> None:
    """No news opens or closes it, and no probe goes."""
    state = forced(mode)
    assert step(state, RULE, T0, attempts=100, failures=100) == state
    assert step(state, RULE, T0, news=News.ASK, probe="a") == state
    assert forced(None) == State()


Event = tuple[int, int, int, News, str]
events = st.lists(
    st.tuples(
        st.integers(0, 6_000),
        st.integers(0, 5),
        st.integers(0, 5),
        st.sampled_from(News),
        st.sampled_from(["a", "b", "c"]),
    ),
    max_size=60,
)


def play(story: Sequence[Event]) -> list[tuple[int, Event, State, State]]:
    """Return the time, the event, and the state before and after, for each event."""
    now, state, seen = T0, State(), []
    for event in story:
        passed, attempts, failures, news, probe = event
        now += passed
        after = step(state, RULE, now, attempts=attempts, failures=min(attempts, failures), news=news, probe=probe)
        seen.append((now, event, state, after))
        state = after
    return seen


@given(events)
def test_whatever_happens(story: Sequence[Event]) -> None:
    """It opens for failures alone, half opens for one asker after the pause, closes by its probe alone."""
    for now, (_, attempts, _, news, probe), before, after in play(story):
        match before.mode, after.mode:
            case Mode.CLOSED, Mode.OPEN:
                assert attempts
                assert sum(slot.failures for slot in after.slots) * 2 >= sum(slot.attempts for slot in after.slots) >= 4
            case Mode.CLOSED, Mode.HALF_OPEN:
                # Opened by the attempts, and asked in the same breath: the pause is not over.
                raise AssertionError
            case Mode.OPEN, Mode.HALF_OPEN:
                assert news is News.ASK
                assert now >= before.retry_at
                assert after.probe == probe
            case Mode.HALF_OPEN, Mode.CLOSED:
                assert (news, probe) == (News.SUCCEEDED, before.probe)
                assert after == State()
            case Mode.HALF_OPEN, Mode.OPEN:
                assert (news, probe) == (News.FAILED, before.probe)
                assert after.failed_probes == before.failed_probes + 1
            case Mode.OPEN, Mode.CLOSED:
                raise AssertionError
        assert (after.mode is Mode.CLOSED) == (after.opened_at == 0)
        assert len(after.slots) <= 10


@given(events)
def test_no_two_probes_are_out_at_once(story: Sequence[Event]) -> None:
    """Between two grants the first probe ended, or nobody spoke for it for ten seconds."""
    out: str | None = None
    for now, (*_, news, probe), before, after in play(story):
        granted = news is News.ASK and after.probe == probe and (before.probe != probe or after != before)
        if granted and out is not None and before.mode is Mode.HALF_OPEN:
            assert not before.probe or now >= before.retry_at
        out = after.probe or None


def test_which_failures_count() -> None:
    """Exceptions and running out of time, by class; what is the task's own fault does not."""
    assert BREAKER.counts(TimeoutError)
    assert not BREAKER.counts(NonRetryable)
    picky = Breaker("shop", on=OSError, not_on=FileNotFoundError)
    assert [picky.counts(error) for error in (ConnectionError, FileNotFoundError, KeyError)] == [True, False, False]


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"name": "a b"}, {"name": 'a"'}, {"failure_rate": 0}, {"failure_rate": 1.1}, {"minimum": 0}]
    + [{name: value} for name in ("window", "pause", "longest_pause") for value in (0, float("inf"), float("nan"))],
)
def test_what_can_not_be_meant_is_refused(wrong: dict[str, object]) -> None:
    """A breaker that never opens, or for ever, or whose name can't be shown."""
    with pytest.raises(ValueError, match="breaker"):
        Breaker(**{"name": "shop", **wrong})  # type: ignore[arg-type]


def test_one_name_has_one_set_of_numbers() -> None:
    """A string is a breaker with the usual numbers; two task types must mean the same by one name."""
    try:
        task("breaker-a", breaker="till")(lambda: None)
        task("breaker-b", breaker=Breaker("till"))(test_which_failures_count)
        with pytest.raises(ValueError, match="share one Breaker"):
            task("breaker-c", breaker=Breaker("till", minimum=3))(play)
        assert HANDLERS["breaker-a"].breaker == Breaker("till")
    finally:
        for name in ("breaker-a", "breaker-b", "breaker-c"):
            HANDLERS.pop(name, None)
