"""Micro measurements: what is made of numbers, and that each part yields numbers at all; none is judged for speed."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from rich.console import Console
from typer.testing import CliRunner

from benchmarks.cli import app
from benchmarks.micro import running, sleeping
from benchmarks.micro.amount import Amount
from benchmarks.micro.figures import Figure, Goal, series
from benchmarks.micro.parts import PARTS
from benchmarks.micro.table import table

TINY = Amount(0.001)


def figure(what: str, value: float, goal: Goal | None = None) -> Figure:
    """Return a figure of which only name and value matter."""
    return Figure(what=what, value=value, unit="µs", count=10, how="here", goal=goal)


def test_repeats_become_median_and_extremes() -> None:
    """Figures are put together by name; the median is held against the goal, not the best or the last value."""
    rounds = [[figure("a", value, Goal(at_most=2)), figure("b", -value)] for value in (3.0, 1.0, 2.0)]
    a, b = series("part", rounds)
    assert (a.what, a.values, a.median, a.low, a.high) == ("a", (3.0, 1.0, 2.0), 2.0, 1.0, 3.0)
    assert (a.goal, a.holds) == ("≤ 2", True)
    assert (b.what, b.median, b.goal, b.holds) == ("b", -2.0, None, None)


@pytest.mark.parametrize(
    ("goal", "value", "holds"),
    [
        (Goal(at_least=25_000), 25_000, True),
        (Goal(at_least=25_000), 24_999, False),
        (Goal(at_most=0.6), 0.6, True),
        (Goal(at_most=0.6), 0.61, False),
    ],
)
def test_a_goal_is_a_limit(goal: Goal, value: float, holds: bool) -> None:  # noqa: FBT001 (a parameter of the test)
    """The limit itself still reaches it."""
    assert goal.holds(value) is holds


def test_the_table_shows_number_spread_goal_and_conditions() -> None:
    """A reader of one row needs nothing else."""
    console = Console(width=160, record=True, file=Path("/dev/null").open("w"))  # noqa: SIM115 (never read)
    console.print(table(series("part", [[figure("cost", value, Goal(at_most=15))] for value in (12.0, 14.0, 20.0)])))
    console.file.close()
    text = console.export_text()
    for word in ("part", "cost", "14.0", "12.0 to 20.0", "µs", "≤ 15", "here"):
        assert word in text


def test_an_amount_keeps_its_multiple() -> None:
    """However small the scale, there is one batch to measure."""
    assert Amount(1).of(20_000, 1_000) == 20_000
    assert Amount(0.5).of(2_500, 1_000) == 1_000
    assert Amount(0.001).of(20_000, 1_000) == 1_000


@pytest.mark.parametrize("part", PARTS)
def test_a_part_measures(part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each gives named numbers of a sensible sign, with what they were taken over."""
    monkeypatch.setattr(running, "WORKERS", (1,))
    monkeypatch.setattr(sleeping, "WORKERS", (1,))
    found = PARTS[part](TINY, tmp_path)
    assert found
    assert len({one.what for one in found}) == len(found)
    for one in found:
        assert one.value >= 0
        assert one.count > 0
        assert one.unit
        assert one.how


def test_json_has_every_single_value() -> None:
    """`--json` is for programs: all repeats, and what they were measured on."""
    result = CliRunner().invoke(app, ["micro", "codec", "--repeats", "2", "--scale", "0.001", "--json"])
    assert result.exit_code == 0, result.output
    told = orjson.loads(result.stdout)
    assert {"cores", "python", "tasklab"} <= told["environment"].keys()
    assert all(len(one["values"]) == 2 and one["low"] <= one["median"] <= one["high"] for one in told["series"])


def test_an_unknown_part_is_named() -> None:
    """Together with those there are."""
    result = CliRunner().invoke(app, ["micro", "nothing"])
    assert result.exit_code == 2
    assert "nothing" in result.output
    assert "codec" in result.output
