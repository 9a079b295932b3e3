"""Growth runs: what is made of points, and that a small one leaves a table, a picture and a file, however fast."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from benchmarks.cli import app
from benchmarks.growth.command import sizes
from benchmarks.growth.points import Point, growth


def point(size: int, value: float, what: str = "put") -> Point:
    """Return a point of the backlog's curve."""
    return Point(curve="backlog", size=size, what=what, value=value, unit="µs/task")


def test_a_cost_is_told_as_a_multiple_of_the_smallest_size() -> None:
    """Each cost has its own first point, whatever the order; a cost of nothing grows by nothing."""
    points = [point(1_000, 12.0), point(100, 10.0), point(100, 0.0, "idle"), point(1_000, 0.0, "idle")]
    assert [multiple for _, multiple in growth(points)] == pytest.approx([1.2, 1.0, 1.0, 1.0])


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (1_000_000, [10_000, 100_000, 1_000_000]),
        (10_000_000, [100_000, 1_000_000, 10_000_000]),
        (10_000, [1_000, 10_000]),
        (1_000, [10, 100, 1_000]),
        (1, [1]),
    ],
)
def test_sizes_are_powers_of_ten_below_the_largest(most: int, expected: list[int]) -> None:
    """A hundredth, a tenth, all of it."""
    assert sizes(most) == expected


def test_a_quick_run_leaves_everything(tmp_path: Path) -> None:
    """Every cost has a value at each size of its curve, and the record of the data itself is gone afterwards."""
    pytest.importorskip("matplotlib")
    result = CliRunner().invoke(app, ["growth", "--quick", "--workers", "10", "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert {file.name for file in tmp_path.iterdir()} == {"growth.json", "growth.svg"}
    assert (tmp_path / "growth.svg").read_text("utf-8").count("<svg") == 1
    told = orjson.loads((tmp_path / "growth.json").read_bytes())
    by_cost: dict[tuple[str, str], list[int]] = {}
    for one in told["points"]:
        assert one["value"] >= 0
        by_cost.setdefault((one["curve"], one["what"]), []).append(one["size"])
    assert {curve for curve, _ in by_cost} == {"backlog", "workers", "rows"}
    for (curve, what), found in by_cost.items():
        assert found == ([1, 10] if curve == "workers" else [10, 100, 1_000]), what


def test_an_unknown_curve_is_named() -> None:
    """Together with those there are."""
    result = CliRunner().invoke(app, ["growth", "nothing"])
    assert result.exit_code == 2
    assert "nothing" in result.output
    assert "backlog" in result.output
