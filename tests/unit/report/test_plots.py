"""The plots, as a notebook uses them: figures from records, without a section or a page around them."""

from __future__ import annotations

import sys

import pytest
from matplotlib.figure import Figure

from benchmarks.analysis import latency
from benchmarks.report.evidence import Evidence
from benchmarks.report.plots.cpu import cpu
from benchmarks.report.plots.lanes import lanes
from benchmarks.report.plots.recovery import recovery
from benchmarks.report.plots.rows import AGAIN, GONE, HELD, rows
from benchmarks.report.plots.scaling import scaling
from benchmarks.report.plots.spectrum import percentile, spectrum
from benchmarks.report.plots.timeline import rates, timeline
from benchmarks.report.svg import inline, picture
from tests.fixtures.results import LEASE_S, result_folder


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """Return the records of a crash run."""
    return Evidence(result_folder(tmp_path_factory.mktemp("run"), workers=(2, 4), rate=100.0, kill=True))


def test_each_plot_is_a_figure_with_units(evidence: Evidence) -> None:
    """Made by itself, with no window system and no state of pyplot's."""
    one = [evidence.trials[0]]
    figures = [
        scaling(evidence.trials),
        spectrum({"run": latency.run(evidence.tasks)}),
        lanes(evidence.of(evidence.attempts, one), evidence.of(evidence.faults, one), begin_s=3, end_s=8),
        timeline(evidence.of(evidence.samples, one), evidence.of(evidence.faults, one)),
        recovery(evidence.tasks, evidence.faults),
        cpu(evidence.trials),
    ]
    for figure in figures:
        assert isinstance(figure, Figure)
        assert any(unit in figure.axes[-1].get_xlabel() for unit in (", s", ", %", ", ms", "processes"))
    assert "matplotlib.pyplot" not in sys.modules


def test_a_file_by_itself_is_on_white(evidence: Evidence) -> None:
    """A page gives its plots its own ground."""
    assert "#ffffff" in picture(cpu(evidence.trials), "cpu", paper=True)
    assert "#ffffff" not in inline(cpu(evidence.trials), "cpu", "t", "w")


def test_a_lane_tells_who_died_with_what_and_who_took_over(evidence: Evidence) -> None:
    """In hand until the kill, held by the lease until its end, then another's."""
    one = [evidence.trials[0]]
    attempts = evidence.of(evidence.attempts, one)
    placed = rows(attempts, {"worker-1": 4.0}, begin_s=3.0, end_s=8.0, gap_s=0.001)
    held = [span for (_, kind), spans in placed["worker-1"].items() if kind == HELD for span in spans]
    assert held
    assert all(span == pytest.approx((4.0, 4.0 + LEASE_S)) for span in held)
    assert any(kind == GONE for _, kind in placed["worker-1"])
    assert any(kind == AGAIN for _, kind in placed["worker-2"])


def test_many_tasks_make_no_more_bars_than_can_be_seen(evidence: Evidence) -> None:
    """Neighbours nearer than a gap become one."""
    attempts = evidence.of(evidence.attempts, [evidence.trials[0]])
    placed = rows(attempts, {}, begin_s=0.0, end_s=12.0, gap_s=0.1)
    assert max(len(spans) for lane in placed.values() for spans in lane.values()) <= 12 / 0.1


def test_small_figures() -> None:
    """Running totals become rates; the axis names percentiles."""
    assert rates([(0.0, 0.0), (2.0, 10.0), (2.5, 10.0)]) == [(1.0, 5.0), (2.25, 0.0)]
    assert [percentile(tail) for tail in (1, 10, 100, 10_000)] == ["0", "90", "99", "99.99"]
