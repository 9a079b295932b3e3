"""When calls should go out: endless or finite streams of seconds after the beginning, the same for the same seed."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from math import inf
from pathlib import Path

Steps = Sequence[tuple[float, float]]
"""Calls a second, and for how many seconds."""


class BadSchedule(ValueError):
    """A schedule that can't be followed."""


def constant(rate: float) -> Iterator[float]:
    """Give `rate` calls a second (above 0), evenly spaced, without end."""
    return (number / rate for number in itertools.count())


def poisson(rate: float, seed: int) -> Iterator[float]:
    """Give `rate` calls a second on average, as many callers make them who don't know of each other; without end."""
    return _poisson(random.Random(seed), rate, 0.0)  # noqa: S311 (repeatable, not secret)


def steps(levels: Steps, seed: int) -> Iterator[float]:
    """Give Poisson arrivals whose rate changes from level to level; ends after the last one."""
    chance = random.Random(seed)  # noqa: S311
    begin = 0.0
    for rate, seconds in levels:
        end = begin + seconds
        # A Poisson process has no memory, so each level may begin anew.
        if rate > 0:
            yield from itertools.takewhile(lambda at, end=end: at < end, _poisson(chance, rate, begin))  # type: ignore[misc]
        begin = end


def trace(path: Path) -> Iterator[float]:
    """Give what a file says, a number of seconds on each line, none smaller than the one before; `#` begins a remark.

    Raises BadSchedule, which names the line.
    """
    last = 0.0
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            text = line.partition("#")[0].strip()
            if text:
                last = _later(text, last, f"{path}, line {number}")
                yield last


def until(offsets: Iterator[float], seconds: float) -> Iterator[float]:
    """Give the part of a schedule before `seconds`."""
    return itertools.takewhile(lambda at: at < seconds, offsets)


def share(offsets: Iterator[float], part: int, parts: int) -> Iterator[float]:
    """Give every `parts`-th call, beginning with number `part`: together the parts are the whole, each call once.

    So several processes follow one schedule, and a constant or a recorded one stays what it is.
    """
    return itertools.islice(offsets, part, None, parts)


def read_steps(text: str) -> Steps:
    """Read "100x10,200x10": 100 calls a second for 10 s, then 200 for 10 s. Raises BadSchedule."""
    try:
        levels = [(float(rate), float(seconds)) for rate, seconds in (step.split("x") for step in text.split(","))]
    except ValueError:
        levels = []
    if not levels or not all(0 <= rate < inf and 0 < seconds < inf for rate, seconds in levels):
        message = f"{text!r} is not of the form RATExSECONDS,RATExSECONDS, as 100x10,200x10"
        raise BadSchedule(message)
    return levels


def _poisson(chance: random.Random, rate: float, begin: float) -> Iterator[float]:
    at = begin
    while True:
        at += chance.expovariate(rate)
        yield at


def _later(text: str, last: float, place: str) -> float:
    try:
        at = float(text)
    except ValueError:
        at = -1.0
    if not last <= at < inf:
        message = f"{place}: {text!r} is not a number of seconds from {last:g} on"
        raise BadSchedule(message)
    return at
