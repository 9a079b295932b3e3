"""A cost at one size, and how it compares with the same cost where there was least."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One number, measured at one size."""

    curve: str
    """What grows: `backlog`, `workers`, `rows`."""
    size: int
    what: str
    value: float
    """A cost: time or memory for one task, call or page; less is better."""
    unit: str


def growth(points: Iterable[Point]) -> list[tuple[Point, float]]:
    """Return each point with its cost as a multiple of the same cost at the smallest size."""
    found = list(points)
    first: dict[tuple[str, str], Point] = {}
    for point in sorted(found, key=lambda point: point.size):
        first.setdefault((point.curve, point.what), point)
    return [(point, _multiple(point, first[point.curve, point.what])) for point in found]


def _multiple(point: Point, first: Point) -> float:
    return point.value / first.value if first.value else 1.0
