"""A measured number with what makes it readable: unit, count, conditions; and what repeating it came to."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a number is meant to reach; docs and README say why. The limits are in the figure's own unit."""

    at_least: float | None = None
    at_most: float | None = None

    def holds(self, value: float) -> bool:
        """Whether a value reaches it."""
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)

    def __str__(self) -> str:
        return f"≥ {self.at_least:,g}" if self.at_least is not None else f"≤ {self.at_most:,g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number, measured once."""

    what: str
    value: float
    unit: str
    count: int
    """Tasks (calls, seconds: see `how`) that it was taken over."""
    how: str
    """Conditions."""
    goal: Goal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The same number measured several times."""

    part: str
    what: str
    unit: str
    count: int
    how: str
    values: tuple[float, ...]
    median: float
    low: float
    high: float
    goal: str | None
    holds: bool | None
    """Whether the median reaches the goal."""


def series(part: str, rounds: Iterable[Iterable[Figure]]) -> list[Series]:
    """Put the figures of equal name together, in the order of their first appearance."""
    by_name: dict[str, list[Figure]] = {}
    for figures in rounds:
        for figure in figures:
            by_name.setdefault(figure.what, []).append(figure)
    return [_series(part, figures) for figures in by_name.values()]


def _series(part: str, figures: list[Figure]) -> Series:
    first = figures[0]
    values = tuple(figure.value for figure in figures)
    median = statistics.median(values)
    return Series(
        part=part,
        what=first.what,
        unit=first.unit,
        count=first.count,
        how=first.how,
        values=values,
        median=median,
        low=min(values),
        high=max(values),
        goal=str(first.goal) if first.goal else None,
        holds=first.goal.holds(median) if first.goal else None,
    )
