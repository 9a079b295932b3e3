"""How far two trials of the very same thing lie apart on this machine: what is below that is noise."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.records import TrialRecord


@dataclass(frozen=True, slots=True)
class Noise:
    """The typical difference between two equal trials; `threshold` is None where no two were equal."""

    threshold: float | None
    """As a share: 0.03 for 3 %."""
    pairs: int
    """How many pairs that was seen in. Of one pair alone it is little more than a hint."""
    source: str
    """Where the pairs come from, in words."""


def threshold(trials: Sequence[TrialRecord], values: Sequence[float | None] | None = None) -> Noise:
    """Return the noise of a run's throughput, or of `values`: one a trial, None where a trial has none.

    The pairs are the A/A controls, each with the trial of the same point and repeat; in a run without any, the repeats
    of each point, one with the next. Typical is the root mean square of the logarithms' differences: the largest of
    them would grow with every pair, and the more one measured, the less one would find.
    """
    figures = [trial.throughput for trial in trials] if values is None else values
    of_trial = [(t, v) for t, v in zip(trials, figures, strict=True) if v is not None and v > 0]
    for source, pairs in (("A/A pairs", _controls(of_trial)), ("repeats", _repeats(of_trial))):
        squares = [math.log(b / a) ** 2 for a, b in pairs]
        if squares:
            return Noise(math.exp(math.sqrt(sum(squares) / len(squares))) - 1, len(squares), source)
    return Noise(None, 0, "no point was run twice")


def _controls(of_trial: Sequence[tuple[TrialRecord, float]]) -> Iterator[tuple[float, float]]:
    first = {(trial.point, trial.repeat): value for trial, value in of_trial if not trial.control}
    for trial, value in of_trial:
        if trial.control and (trial.point, trial.repeat) in first:
            yield first[trial.point, trial.repeat], value


def _repeats(of_trial: Sequence[tuple[TrialRecord, float]]) -> Iterator[tuple[float, float]]:
    by_point: dict[str, list[tuple[int, float]]] = {}
    for trial, value in of_trial:
        if not trial.control:
            by_point.setdefault(trial.point, []).append((trial.repeat, value))
    for repeats in by_point.values():
        ordered = [value for _, value in sorted(repeats)]
        yield from zip(ordered[::2], ordered[1::2], strict=False)
