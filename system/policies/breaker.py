"""The circuit breaker's state machine: what a breaker makes of news about its dependency, and whether a task may go.

    closed ──too many failures──▶ open ──pause is over, somebody asks──▶ half open (one probe is out)
      ▲                            ▲                                        │
      │                            └──────────────the probe failed──────────┤
      └───────────────────────────────────────────the probe went well───────┘

Pure: the time is a parameter, in ms. lua/breaker.lua has the same in Lua, for all workers together. After Michael
Nygard, "Release It!" (2007), with the sliding window and minimum of resilience4j.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from system.tasks.breaker import Breaker

SLOTS = 10  # of the sliding window
PROBE_MS = 10_000  # a probe that nobody has spoken for as long is given up: its worker died
MOST_DOUBLINGS = 20
MILLION = 1_000_000


class Mode(StrEnum):
    """Where a breaker stands."""

    CLOSED = "closed"  # tasks go through
    OPEN = "open"  # tasks wait
    HALF_OPEN = "half_open"  # a probe is out, the others wait


class News(StrEnum):
    """What a worker says of a probe, or wants."""

    NONE = "none"
    ASK = "ask"  # may this one go?
    KEEP = "keep"  # this one still runs
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    DROPPED = "dropped"  # it ended without saying anything about the dependency


class Rule(NamedTuple):
    """When a breaker opens and for how long, in whole numbers: a share in millionths, times in ms."""

    failure_rate: int
    minimum: int
    window: int
    pause: int
    longest_pause: int


class Slot(NamedTuple):
    """A tenth of the window: its number since 1970, and what ended in it."""

    number: int
    attempts: int
    failures: int


@dataclass(frozen=True, slots=True)
class State:
    """All that is known of one breaker; times in ms since 1970."""

    mode: Mode = Mode.CLOSED
    forced: bool = False
    """Set by hand: no news changes it."""
    opened_at: int = 0
    retry_at: int = 0
    """When a probe may go; of a half-open breaker, when the probe that is out is given up."""
    failed_probes: int = 0
    probe: str = ""
    """The task that is the probe."""
    window: int = 0
    slots: tuple[Slot, ...] = ()


class Verdict(NamedTuple):
    """What a worker is told: where the breaker stands, in how many ms to ask again, whether its probe may go."""

    mode: Mode
    wait: int
    granted: bool


def rule_of(breaker: Breaker) -> Rule:
    """Write a breaker's numbers as the state machine reads them."""
    return Rule(
        max(1, round(breaker.failure_rate * MILLION)),
        breaker.minimum,
        max(SLOTS, round(breaker.window * 1000)),
        max(1, round(breaker.pause * 1000)),
        max(1, round(breaker.longest_pause * 1000)),
    )


def forced(mode: Mode | None) -> State:
    """Return a breaker held open or closed by hand; None: one that decides by itself again, and begins anew."""
    return State() if mode is None else State(mode=mode, forced=True)


def step(
    state: State, rule: Rule, now: int, *, attempts: int = 0, failures: int = 0, news: News = News.NONE, probe: str = ""
) -> State:
    """Take note of attempts that ended, some of them in failure, and then of news about a probe."""
    if state.forced:
        return state
    if attempts and state.mode is Mode.CLOSED:
        state = _counted(state, rule, now, attempts, failures)
    if news is News.ASK and _probe_may_go(state, now):
        return replace(state, mode=Mode.HALF_OPEN, probe=probe, retry_at=now + PROBE_MS)
    if state.mode is Mode.HALF_OPEN and state.probe == probe:
        return _heard(state, rule, now, news)
    return state


def verdict(state: State, now: int, probe: str) -> Verdict:
    """Say what follows for whoever asks for `probe`."""
    wait = max(0, state.retry_at - now) if state.mode is Mode.OPEN else 0
    return Verdict(state.mode, wait, bool(probe) and state.mode is Mode.HALF_OPEN and state.probe == probe)


def failures_in_window(state: State, now: int) -> int:
    """Count the failures of the last window; of an open breaker, those that opened it."""
    slots = _recent(state, now) if state.mode is Mode.CLOSED else state.slots
    return sum(slot.failures for slot in slots)


def _counted(state: State, rule: Rule, now: int, attempts: int, failures: int) -> State:
    state = replace(state, window=rule.window)
    slots, number = _recent(state, now), now * SLOTS // rule.window
    if slots and slots[-1].number == number:
        *slots, last = slots
        attempts, failures = attempts + last.attempts, failures + last.failures
    state = replace(state, slots=(*slots, Slot(number, attempts, failures)))
    ended = sum(slot.attempts for slot in state.slots)
    failed = sum(slot.failures for slot in state.slots)
    if ended >= rule.minimum and failed * MILLION >= rule.failure_rate * ended:
        return _opened(replace(state, opened_at=now), rule, now, failed_probes=0)
    return state


def _recent(state: State, now: int) -> list[Slot]:
    oldest = now * SLOTS // state.window - SLOTS if state.window else 0
    return [slot for slot in state.slots if oldest < slot.number <= oldest + SLOTS]


def _opened(state: State, rule: Rule, now: int, *, failed_probes: int) -> State:
    pause = min(rule.longest_pause, rule.pause * 2 ** min(failed_probes, MOST_DOUBLINGS))
    return replace(state, mode=Mode.OPEN, retry_at=now + pause, failed_probes=failed_probes, probe="")


def _probe_may_go(state: State, now: int) -> bool:
    return state.mode is not Mode.CLOSED and now >= state.retry_at


def _heard(state: State, rule: Rule, now: int, news: News) -> State:
    match news:
        case News.KEEP:
            return replace(state, retry_at=now + PROBE_MS)
        case News.SUCCEEDED:
            return State()
        case News.FAILED:
            return _opened(state, rule, now, failed_probes=state.failed_probes + 1)
        case News.DROPPED:
            return replace(state, probe="", retry_at=now)
        case _:
            return state
