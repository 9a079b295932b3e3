"""Two result folders, point by point: what changed, and whether that is more than noise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.analysis.alike import other_environment, other_point
from benchmarks.analysis.judging import Change, Point, judge
from benchmarks.analysis.metrics import METRICS
from benchmarks.analysis.noise import Noise
from benchmarks.analysis.sides import Side
from benchmarks.records import ResultFolder

__all__ = ["Change", "Comparison", "Point", "compare"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All points of either run, in the order of the first."""

    points: list[Point]

    @property
    def exit_code(self) -> int:
        """1: a regression; 2: a point of the first run can't be compared, or there is none; 0: neither.

        A gate that opened for a point that was left out, or that lost tasks, would be no gate.
        """
        if any(point.verdict is Change.REGRESSION for point in self.points):
            return 1
        open_questions = any(p.verdict is Change.INCOMPARABLE and p.before is not None for p in self.points)
        return 2 if open_questions or not self.points else 0


def compare(a: ResultFolder, b: ResultFolder, *, seed: int) -> Comparison:
    """Compare run b with the earlier run a; raises UnreadableResults.

    A change is a regression or an improvement when the 95 % interval of the ratio excludes 1 and the difference is
    larger than the noise of either run. In simulated runs of a machine that itself stays the same, with 3, 5 and 8
    repeats, 9, 2 and 1 of 360 equal pairs were called a regression; a tenth less throughput was always found where
    trials scatter by 1 %, and in 99, 113 and 128 of 180 where they scatter by 5 %. Have five repeats or more, and A/A
    controls, where a gate depends on it.
    """
    first, second = Side(a), Side(b)
    environment = other_environment(first.environment, second.environment)
    return Comparison(list(_points(first, second, environment, seed)))


def _points(a: Side, b: Side, environment: str, seed: int) -> Iterator[Point]:
    why_not = f"other environment ({environment})" if environment else ""
    noise = {metric: _wider(a.noise(metric), b.noise(metric)) for metric in METRICS}
    for point in dict.fromkeys((*a.points, *b.points)):
        reason = why_not or other_point(a.points.get(point, []), b.points.get(point, []))
        for metric in METRICS:
            before, after = a.values(point, metric), b.values(point, metric)
            if before or after:
                yield judge(point, metric, before, after, noise=noise[metric], reason=reason, seed=seed)


def _wider(a: Noise, b: Noise) -> float | None:
    """Return the larger noise of two runs: the machine was at least so restless in one of them."""
    known = [noise.threshold for noise in (a, b) if noise.threshold is not None]
    return max(known, default=None)
