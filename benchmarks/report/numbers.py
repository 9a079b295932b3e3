"""How numbers are written: three significant digits, commas between thousands, the unit in the column's head."""

from __future__ import annotations

from math import isclose, isinf

NONE = "\N{EN DASH}"
SPACE = "\N{NO-BREAK SPACE}"


def plain(value: float | None) -> str:
    """Write a number with three significant digits, and whole from 100 on."""
    if value is None:
        return NONE
    if isinf(value):
        return "no limit"
    size = abs(value)
    if size >= 100 or value == 0:  # noqa: PLR2004 (three digits)
        return f"{value:,.0f}"
    if size >= 10:  # noqa: PLR2004 (two digits before the point)
        return f"{value:.1f}"
    return f"{value:.2f}" if size >= 0.1 else f"{value:.2g}"  # noqa: PLR2004 (small ones need their first digits)


def short(value: float | None) -> str:
    """Write a number that was chosen and not measured: without digits behind the point where it is whole."""
    whole = value is not None and isclose(value, round(value), abs_tol=1e-9)
    return f"{round(value):,}" if whole and value is not None else plain(value)


def milliseconds(seconds: float | None) -> str:
    """Write seconds as milliseconds."""
    return plain(None if seconds is None else seconds * 1000)


def percent(share: float | None) -> str:
    """Write a share of 1."""
    return NONE if share is None else f"{plain(share * 100)}{SPACE}%"


def span(low: float | None, high: float | None) -> str:
    """Write an interval; it is unknown where too few values can't tell."""
    return "too few trials" if low is None or high is None else f"{plain(low)} to {plain(high)}"


def size(octets: int) -> str:
    """Write a file's size."""
    return f"{octets / 1e6:,.1f} MB" if octets >= 1e6 else f"{octets / 1e3:,.1f} kB"  # noqa: PLR2004 (a million)


def many(count: int, one: str, more: str = "") -> str:
    """Write a count and its noun: 1 trial, 3 trials."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"
