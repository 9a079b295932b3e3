"""When an open loop calls: the rates it promises, the same again for the same seed, and nothing lost by sharing."""

from __future__ import annotations

from itertools import islice, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.open_loop.schedule import BadSchedule, constant, poisson, read_steps, share, steps, trace, until

rates = st.floats(0.5, 2_000)
seeds = st.integers(0, 2**32)


@given(rates)
def test_constant_calls_are_evenly_spaced(rate: float) -> None:
    """The n-th is due after n / rate seconds, however many came before it."""
    calls = list(islice(constant(rate), 200))
    assert calls == [pytest.approx(number / rate) for number in range(200)]


@settings(deadline=None)
@given(rates, seeds)
def test_poisson_calls_keep_their_mean_rate(rate: float, seed: int) -> None:
    """5,000 of them take 5,000 / rate seconds, within six standard deviations."""
    calls = list(islice(poisson(rate, seed), 5_000))
    assert calls[-1] == pytest.approx(5_000 / rate, rel=6 / 5_000**0.5)
    assert all(earlier <= later for earlier, later in pairwise(calls))


@given(rates, seeds)
def test_the_same_seed_is_the_same_schedule(rate: float, seed: int) -> None:
    """Another seed is another one."""
    first, again, other = (list(islice(poisson(rate, one), 20)) for one in (seed, seed, seed + 1))
    assert first == again != other
    levels = [(rate, 1.0), (rate / 2, 1.0)]
    assert list(steps(levels, seed)) == list(steps(levels, seed))


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([0.0, 200.0, 500.0]), st.sampled_from([2.0, 4.0])), min_size=1, max_size=4),
    seeds,
)
def test_steps_change_their_rate_on_time(levels: list[tuple[float, float]], seed: int) -> None:
    """Each level has its own number of calls, within six standard deviations; a level of 0 has none."""
    calls = list(steps(levels, seed))
    begin = 0.0
    for rate, seconds in levels:
        within = sum(begin <= at < begin + seconds for at in calls)
        assert abs(within - rate * seconds) <= 6 * (rate * seconds) ** 0.5
        begin += seconds
    assert all(at < begin for at in calls)


@given(st.lists(st.floats(0, 1e6), max_size=50).map(sorted), st.integers(1, 5))
def test_shares_are_the_whole(calls: list[float], parts: int) -> None:
    """Whatever the number of processes, each call is made once."""
    shares = [list(share(iter(calls), part, parts)) for part in range(parts)]
    assert sorted(at for one in shares for at in one) == calls
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_a_schedule_can_end() -> None:
    """100 calls a second for two seconds are 200."""
    assert len(list(until(constant(100), 2))) == 200


def test_a_trace_is_replayed(tmp_path: Path) -> None:
    """Line by line, remarks and empty lines aside."""
    path = tmp_path / "trace.txt"
    path.write_text("# Monday\n0.25\n\n0.25 # twice\n3\n", "utf-8")
    assert list(trace(path)) == [0.25, 0.25, 3.0]


@pytest.mark.parametrize("line", ["1.9", "soon", "-1", "nan"])
def test_a_bad_trace_is_named_by_its_line(tmp_path: Path, line: str) -> None:
    """Time goes on, and it is a number."""
    path = tmp_path / "trace.txt"
    path.write_text(f"2\n{line}\n", "utf-8")
    with pytest.raises(BadSchedule, match=r"line 2.*from 2 on"):
        list(trace(path))


def test_steps_are_read() -> None:
    """RATExSECONDS, and what is something else is named."""
    assert read_steps("100x10,0x2.5") == [(100, 10), (0, 2.5)]
    for bad in ("", "100", "100x0", "-1x5", "axb", "1x2x3", "nanx1"):
        with pytest.raises(BadSchedule, match="100x10"):
            read_steps(bad)
