"""Latencies out of records, and histogram percentiles against numpy's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.analysis import latency
from benchmarks.analysis.bootstrap import NoValues
from tests.unit.analysis.making import call, task

DURATIONS = st.lists(st.floats(0, 900), min_size=1, max_size=100)


@settings(max_examples=30)
@given(DURATIONS)
def test_percentiles_agree_with_numpy_within_the_histograms_precision(seconds: list[float]) -> None:
    """0.1 % of the value and the microsecond that values are rounded to."""
    found = latency.summary(seconds)
    for per_mille, value in ((500, found.p50), (900, found.p90), (950, found.p95), (990, found.p99), (999, found.p999)):
        true = np.sort(seconds)[math.ceil(len(seconds) * per_mille / 1000) - 1]
        assert value == pytest.approx(true, rel=0.001, abs=1.1e-6)
    assert found.count == len(seconds)
    assert found.longest == max(seconds)


@settings(max_examples=20)
@given(DURATIONS)
def test_a_spectrum_rises_to_the_longest(seconds: list[float]) -> None:
    """Percentiles and values ascend; the end is all of them."""
    found = latency.spectrum(seconds)
    percentiles, values = zip(*found, strict=True)
    assert list(percentiles) == sorted(percentiles)
    assert list(values) == sorted(values)
    assert percentiles[-1] == 100
    assert values[-1] == pytest.approx(max(seconds), rel=0.001, abs=1.1e-6)


def test_percentiles_of_a_known_distribution() -> None:
    """A thousand values, and what numpy's inverse of the distribution says of them."""
    seconds = np.random.default_rng(1).lognormal(-4, 1, 1_000)
    heavy = latency.summary(seconds.tolist())
    cuts = np.percentile(seconds, [50, 90, 95, 99], method="inverted_cdf")
    assert [heavy.p50, heavy.p90, heavy.p95, heavy.p99] == pytest.approx(cuts.tolist(), rel=0.001)
    found = latency.summary([number / 1000 for number in range(1, 1001)])
    assert (found.p50, found.p99, found.longest) == (pytest.approx(0.5, 0.001), pytest.approx(0.99, 0.001), 1.0)


def test_what_ended_before_it_began_took_no_time() -> None:
    """Two clocks may disagree by a little."""
    found = latency.summary([-0.001])
    assert (found.p50, found.longest) == (0, 0)
    assert latency.summary([-0.001, 0.5]).longest == 0.5


def test_nothing_has_no_percentiles() -> None:
    """Nor a spectrum."""
    with pytest.raises(NoValues):
        latency.summary([])
    with pytest.raises(NoValues):
        latency.spectrum([])


def test_a_freeze_is_in_the_corrected_latency_and_not_in_the_naive_one() -> None:
    """100 calls a second for 10 s by a client that waits; one answer takes 3 s, so 300 are sent late."""
    clock, calls = 0.0, []
    for number in range(1000):
        intended = number / 100
        sent = max(intended, clock)
        clock = sent + (3.0 if number == 200 else 0.001)
        calls.append(call(intended, sent, clock))
    naive, corrected = latency.summary(latency.naive(calls)), latency.summary(latency.corrected(calls))
    assert naive.p99 == pytest.approx(0.001, rel=0.01)
    assert corrected.p99 > 2.5
    assert naive.longest == pytest.approx(corrected.longest)


def test_calls_without_an_acknowledgement_are_left_out() -> None:
    """A refusal is quick: it must not look like speed."""
    calls = [call(0, 0.1, 0.3), call(0, 0, 0.001, "refused"), call(0, 0, None, "unknown")]
    assert latency.naive(calls) == pytest.approx([0.2])
    assert latency.corrected(calls) == pytest.approx([0.3])


def test_the_parts_of_a_tasks_way() -> None:
    """From acceptance, from the start, and from when it was meant to come; what is not over has no length."""
    tasks = [task(1.0, 1.5, 3.5, intended_s=0.75), task(2.0, 2.25, 2.5), task(3.0, 3.125, None), task(4.0, None, None)]
    assert latency.wait(tasks) == [0.5, 0.25, 0.125]
    assert latency.run(tasks) == [2.0, 0.25]
    assert latency.end_to_end(tasks) == [2.75, 0.5]
