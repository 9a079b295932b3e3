"""Theory against closed forms, printed tables, traces made by hand, and queues made by chance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.analysis import drain, latency, littles_law, mmc, stability
from benchmarks.analysis.bootstrap import NoValues
from tests.unit.analysis.making import queue, task


@pytest.mark.parametrize(
    ("load", "servers", "chance"),
    [  # one server: the load; two: 2 rho^2 / (1 + rho); three and more: from the sum of Erlang's formula
        (0.9, 1, 0.9),
        (1.0, 2, 1 / 3),
        (2.0, 3, 4 / 9),
        (3.0, 4, 27 / 53),
        (8.0, 10, 0.409180),
    ],
)
def test_erlang_c(load: float, servers: int, chance: float) -> None:
    """The chance of waiting; the mean wait follows from it."""
    found = mmc.wait(load * 5, 5, servers)
    assert found.chance_of_waiting == pytest.approx(chance, rel=1e-5)
    assert found.mean_wait_s == pytest.approx(chance / (servers * 5 - load * 5), rel=1e-5)
    assert found.utilisation == pytest.approx(load / servers)


def test_many_servers_overflow_nothing() -> None:
    """10,000 servers: a factorial would be beyond any float."""
    assert 0 < mmc.wait(9_900, 1, 10_000).chance_of_waiting < 1


@pytest.mark.parametrize("rate", [40, 41])
def test_no_prediction_from_full_load_on(rate: float) -> None:
    """At utilisation 1 the mean wait has no bound."""
    with pytest.raises(mmc.Unstable, match="no steady state"):
        mmc.wait(rate, 10, 4)


@pytest.mark.parametrize(("arrivals", "services", "servers"), [(0, 1, 1), (1, 0, 1), (1, 2, 0)])
def test_impossible_queues_are_refused(arrivals: float, services: float, servers: int) -> None:
    """No rate of 0, no queue without a server."""
    with pytest.raises(ValueError, match="above 0"):
        mmc.wait(arrivals, services, servers)


@given(st.floats(0.01, 0.98), st.integers(1, 64))
def test_more_servers_at_the_same_load_wait_less(utilisation: float, servers: int) -> None:
    """The economy of scale of one queue, and Little's law in both of its places."""
    few, more = (mmc.wait(utilisation * number, 1, number) for number in (servers, servers + 1))
    assert more.mean_wait_s < few.mean_wait_s
    assert few.mean_in_system == pytest.approx(few.mean_waiting + utilisation * servers)


def test_a_queue_made_by_chance_waits_as_predicted() -> None:
    """400 s of M/M/4 at 70 %: mean, share of those who wait, and p99."""
    waits = np.array(latency.wait(queue(70, 25, 4, 400, seed=3)))
    predicted = mmc.wait(70, 25, 4)
    assert waits.mean() == pytest.approx(predicted.mean_wait_s, rel=0.1)
    assert (waits > 0).mean() == pytest.approx(predicted.chance_of_waiting, rel=0.05)
    assert np.quantile(waits, 0.99) == pytest.approx(predicted.wait_at(0.99), rel=0.15)
    assert predicted.wait_at(0.2) == 0


def test_littles_law_on_a_trace_made_by_hand() -> None:
    """Over 10 s: one task from before, 1 s inside; two of 2 s; one that is there for its last 2 s and 1 s more."""
    tasks = [task(-3, -3, 1), task(2, 2, 4), task(3, 4, 5), task(8, 8, 11)]
    found = littles_law.check(tasks, 10)
    assert found.in_system == pytest.approx((1 + 2 + 2 + 2) / 10)
    assert found.rate == pytest.approx(0.3)
    assert found.mean_time == pytest.approx(7 / 3)
    assert found.ratio == pytest.approx(1.0)
    assert found.unfinished == 0


def test_a_task_without_an_end_stays_in_the_system() -> None:
    """It counts in L until the end, has no W, and is told."""
    found = littles_law.check([task(0, 0, 1), task(5, None, None)], 10)
    assert found.in_system == pytest.approx(0.6)
    assert found.unfinished == 1
    with pytest.raises(NoValues):
        littles_law.check([task(5, None, None)], 10)


def test_littles_law_holds_in_balance_and_tells_wrong_records() -> None:
    """A queue at 80 %; then the same with every second task's end lost in the records."""
    tasks = queue(80, 25, 4, 60, seed=1)
    assert littles_law.check(tasks, 60).ratio == pytest.approx(1, abs=0.02)
    wrong = [one if number % 2 else task(one.accepted_s, one.started_s, None) for number, one in enumerate(tasks)]
    assert littles_law.check(wrong, 60).ratio > 2


@pytest.mark.parametrize("seed", range(5))
def test_a_queue_that_keeps_up_is_stable_and_an_overloaded_one_is_not(seed: int) -> None:
    """At 80 % and at 120 % of what four servers can do; the growth is the surplus."""
    assert stability.check(queue(80, 25, 4, 30, seed), 30).stable
    found = stability.check(queue(120, 25, 4, 30, seed), 30)
    assert not found.stable
    assert found.low <= found.growth <= found.high
    assert found.growth == pytest.approx(20, rel=0.4)
    assert "grows by" in found.words


def test_no_arrivals_no_trend() -> None:
    """A run in which nothing came is neither."""
    with pytest.raises(NoValues):
        stability.check([task(-1, -1, 0)], 10)


def test_drain_time() -> None:
    """A backlog shrinks by what ends beyond what comes; without a surplus it never ends."""
    assert drain.predict(1_000, 50, 150) == 10
    assert drain.predict(0, 50, 10) == 0
    assert drain.predict(1, 50, 50) is None
    assert drain.predict(1, 60, 50) is None
    with pytest.raises(ValueError, match="below 0"):
        drain.predict(-1, 0, 1)
