"""Medians over rounds, and TaskLab in relation to each peer."""

from __future__ import annotations

import statistics

from benchmarks.peers.figures import FIGURES
from benchmarks.peers.results import QueueResult
from benchmarks.peers.throughput import Cells

OURS = "tasklab"


def medians(queue: QueueResult) -> Cells:
    """Return the median of each cell over the rounds that have it."""
    names = {name for cells in queue.rounds for name in cells}
    return {name: statistics.median(cells[name] for cells in queue.rounds if name in cells) for name in names}


def ratios(ours: QueueResult, peer: QueueResult) -> Cells:
    """Return, for each cell that both have, how many times better TaskLab is; below 1, it is worse.

    The two are divided round by round, for only what was measured side by side compares, and the median is taken.
    """
    found: Cells = {}
    for figure in FIGURES:
        pairs = [
            (mine[figure.name], theirs[figure.name])
            for mine, theirs in zip(ours.rounds, peer.rounds, strict=False)
            if mine.get(figure.name) and theirs.get(figure.name)
        ]
        if pairs:
            values = [mine / theirs if figure.more_is_better else theirs / mine for mine, theirs in pairs]
            found[figure.name] = statistics.median(values)
    return found


def spread(queue: QueueResult) -> Cells:
    """Return, for each cell, (largest - smallest) / median over the rounds."""
    middle = medians(queue)
    found: Cells = {}
    for name, value in middle.items():
        values = [cells[name] for cells in queue.rounds if name in cells]
        if len(values) > 1 and value:
            found[name] = (max(values) - min(values)) / value
    return found
