"""Where each bar of a worker's lane goes: what ran side by side stands one over the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.records import AttemptRecord

ENDED, GONE, HELD, AGAIN = "first try", "in hand when killed", "held by the dead one's lease", "taken over"
MOST = 8  # bars side by side in one lane

Rows = dict[tuple[int, str], list[tuple[float, float]]]
"""From and until, by row of the lane and kind of bar."""


def rows(
    attempts: Sequence[AttemptRecord], kills: Mapping[str, float], *, begin_s: float, end_s: float, gap_s: float
) -> dict[str, Rows]:
    """Place what was in hand between two times, by worker; `gap_s` is the least width of a bar, and between two."""
    firsts: dict[str, AttemptRecord] = {}
    for one in sorted(attempts, key=lambda attempt: attempt.claimed_s):
        firsts.setdefault(one.task_id, one)
    shown = [one for one in attempts if one.claimed_s < end_s and (one.finished_s or end_s) > begin_s]
    placed: dict[str, Rows] = {}
    for name in sorted({one.worker for one in shown}):
        mine = sorted((one for one in shown if one.worker == name), key=lambda one: (one.claimed_s, one.task_id))
        kill = kills.get(name)
        bars = [bar for one in mine for bar in _bars(one, kill, end_s, again=firsts[one.task_id] is not one)]
        placed[name] = _placed(bars, gap_s)
    return placed


def _bars(one: AttemptRecord, kill: float | None, end_s: float, *, again: bool) -> Iterator[tuple[str, float, float]]:
    until = min(end_s, one.finished_s or end_s)
    if kill is not None and one.claimed_s <= kill < until:
        yield GONE, one.claimed_s, kill
        yield HELD, kill, until
    else:
        yield AGAIN if again else ENDED, one.claimed_s, until


def _placed(bars: Sequence[tuple[str, float, float]], gap_s: float) -> Rows:
    free: list[float] = []
    placed: Rows = defaultdict(list)
    for kind, begin, until in bars:
        row = next((number for number, at in enumerate(free) if at <= begin), len(free))
        free[row : row + 1] = [until]
        if row < MOST:
            _append(placed[row, kind], begin, until, gap_s)
    return placed


def _append(spans: list[tuple[float, float]], begin: float, until: float, gap_s: float) -> None:
    """Add a bar; the eye can't part two that are nearer than a gap, so they become one."""
    if spans and begin - spans[-1][1] < gap_s and until - spans[-1][0] < gap_s * 2:
        spans[-1] = spans[-1][0], until
    else:
        spans.append((begin, max(until, begin + gap_s)))
