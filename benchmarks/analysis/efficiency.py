"""How much of each added worker arrives: speed-up and efficiency against the ideal line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.analysis.bootstrap import NoValues


@dataclass(frozen=True, slots=True)
class Efficiency:
    """One number of workers: the median throughput of its trials, set against the ideal."""

    workers: int
    throughput: float
    speed_up: float
    """Against one worker, as the line through the fewest workers has it."""
    efficiency: float
    """Throughput / ideal: 1 where each worker adds as much as the first."""


def efficiency(workers: Sequence[int], throughput: Sequence[float]) -> list[Efficiency]:
    """Return one line a number of workers, ascending; element i of both sequences is trial i. Raises NoValues.

    The ideal line runs through 0 and the fewest workers' median; with two workers as the fewest, their efficiency is 1
    by definition, which hides what the second one already lost.
    """
    if not len(workers):
        message = "no trials, no efficiency"
        raise NoValues(message)
    rates = {
        number: float(np.median([rate for each, rate in zip(workers, throughput, strict=True) if each == number]))
        for number in sorted(set(workers))
    }
    fewest = min(rates)
    one = rates[fewest] / fewest
    return [Efficiency(number, rate, rate / one, rate / one / number) for number, rate in rates.items()]
