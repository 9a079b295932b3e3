"""How many workers there should be: enough to keep up, and to work off in time what waits; not one more for long.

    arriving + waiting / time to drain   ──▶ by how much one worker does   ┐
    running                              ──▶ by how much one worker holds  ├─▶ the most of these, within the limits
    oldest task older than that time     ──▶ one more than there are       ┘

Out at once, up to twice as many; in only when fewer would have done all through the last half minute, and at most half.
Fewer must do with a fifth to spare, so that a load between two numbers of workers does not swing between them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import ceil, inf

SPARE = 0.8  # how busy fewer workers may be, for some to go
LEARNING = 0.5  # how much a new measurement of a worker's speed counts
MOST = 1_000  # more than anybody means
MEASURE_MS = 1_500  # rates over less time are mostly chance


@dataclass(frozen=True, slots=True)
class Limits:
    """What the number of workers is kept within, and how soon; times in seconds."""

    least: int = 1
    most: int = 8
    drain_seconds: float = 10.0
    """In which what waits is to be worked off, and after which waiting is too long."""
    out_seconds: float = 4.0
    """Between two steps out: new workers need a moment to show what they can do."""
    in_seconds: float = 30.0
    """For how long fewer must have been enough."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is known at one moment."""

    waiting: int
    running: int
    oldest_age: float
    """Seconds."""
    ended: int
    """Attempts, ever."""
    workers: int
    concurrency: int
    """Tasks that all workers can run at once."""


@dataclass(frozen=True, slots=True)
class Decision:
    """How many workers there should be, and why."""

    desired: int
    reason: str


class Scaling:
    """Decides again and again; remembers how fast a worker is and how many were needed lately. Times are ms."""

    def __init__(self, limits: Limits, desired: int | None = None) -> None:
        """`desired` is what was decided before, by somebody else; None: begin with the workers that there are."""
        self._limits = limits
        self._desired = None if desired is None else min(limits.most, max(limits.least, desired))
        self._changed = 0
        self._rate: float | None = None
        """Attempts a second of one busy worker."""
        self._arriving = 0.0
        self._slots = 10.0
        self._last: tuple[int, Load] | None = None
        self._needed: deque[tuple[int, int]] = deque()
        """When, and how many were needed then."""

    def decide(self, load: Load, now: int) -> Decision:
        """Return how many workers there should be from now on."""
        self._measure(load, now)
        limits = self._limits
        if self._desired is None:
            self._desired, self._changed = min(limits.most, max(limits.least, load.workers)), now
        desired = self._desired
        out, why = self._need(load, 1.0)
        fewer, _ = self._need(load, SPARE)
        self._needed.append((now, max(out, fewer)))
        while self._needed[0][0] < now - limits.in_seconds * 1000:
            self._needed.popleft()
        if out > desired:
            return self._out(out, why, now)
        lately = max(needed for _, needed in self._needed)
        if lately < desired and now - self._changed >= limits.in_seconds * 1000:
            fewer_now = max(lately, desired // 2, limits.least)
            self._set(fewer_now, now)
            return Decision(fewer_now, f"{lately} were enough for the last {limits.in_seconds:g} s")
        if fewer < desired:
            return Decision(desired, f"fewer would do now ({why}), if that lasts")
        return Decision(desired, why)

    def _out(self, needed: int, why: str, now: int) -> Decision:
        desired = self._desired or self._limits.least
        if now - self._changed < self._limits.out_seconds * 1000 and self._changed:
            return Decision(desired, f"{why}; the last change is still taking effect")
        more = min(needed, max(desired * 2, 1))
        self._set(more, now)
        return Decision(more, why)

    def _set(self, desired: int, now: int) -> None:
        self._desired, self._changed = desired, now

    def _need(self, load: Load, busy: float) -> tuple[int, str]:
        """Return how many workers are needed where each is to be no busier than that, and why."""
        limits = self._limits
        needs = [(limits.least, "nothing asks for more than the least")]
        if load.running:
            needs.append((ceil(load.running / (self._slots * busy)), f"{load.running} tasks run"))
        wanted = self._arriving + load.waiting / limits.drain_seconds
        if self._rate is not None and wanted > 0:
            why = f"{load.waiting} wait and {self._arriving:.1f}/s arrive; a worker does {self._rate:.1f}/s"
            needs.append((ceil(wanted / (self._rate * busy) - 0.01), why))
        elif load.waiting:
            needs.append((ceil((load.waiting + load.running) / (self._slots * busy)), f"{load.waiting} wait"))
        if load.waiting and load.oldest_age > limits.drain_seconds:
            more = (load.workers or self._desired or 0) + 1
            needs.append((more, f"the oldest task has been waiting for {load.oldest_age:.0f} s"))
        needed, why = max(needs, key=lambda need: need[0])
        if needed > limits.most:
            return limits.most, f"{why}; {limits.most} is the most"
        return max(needed, limits.least), why

    def _measure(self, load: Load, now: int) -> None:
        if load.workers and load.concurrency:
            self._slots = load.concurrency / load.workers
        if self._last is None:
            self._last = (now, load)
            return
        at, before = self._last
        if now - at < MEASURE_MS:
            return
        seconds = (now - at) / 1000
        ended = max(0, load.ended - before.ended)
        held = load.waiting + load.running - before.waiting - before.running
        self._arriving += LEARNING * (max(0.0, (ended + held) / seconds) - self._arriving)
        if ended and load.workers and load.waiting and before.waiting and load.workers == before.workers:
            # All had something to do all the time.
            rate = ended / seconds / load.workers
            self._rate = rate if self._rate is None else self._rate + LEARNING * (rate - self._rate)
        self._last = (now, load)


def limits_of(text: str) -> Limits:
    """Read "1..8" or "1..8, drain=10, out=4, in=30" (seconds). Raises ValueError, which says what is needed."""
    span, *rest = (part.strip() for part in text.split(","))
    least, dots, most = (part.strip() for part in span.partition(".."))
    if not (dots and least.isdecimal() and most.isdecimal() and 0 < int(most) <= MOST and int(least) <= int(most)):
        message = "the least and the most are needed, as in 1..8"
        raise ValueError(message)
    given = dict(part.partition("=")[::2] for part in rest)
    if not set(given) <= {"drain", "out", "in"} or not all(_positive(seconds) for seconds in given.values()):
        message = "behind 1..8 there may be drain=, out= and in=, in seconds above 0"
        raise ValueError(message)
    return Limits(int(least), int(most), **{f"{name}_seconds": float(seconds) for name, seconds in given.items()})


def _positive(text: str) -> bool:
    try:
        return 0 < float(text) < inf
    except ValueError:
        return False
