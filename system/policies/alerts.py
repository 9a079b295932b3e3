"""When an alert fires and when it clears: a threshold, a distance between the two, a minimum duration for both.

    ok ── above the threshold for so many seconds ──▶ firing ── at or below 80 % of it for as long ──▶ ok

A value that jumps about the threshold makes one alert, and a short peak none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

CLEARS_AT = 0.8  # of the threshold

State = Literal["ok", "firing"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One alert. `message` is a format with `value` and `threshold` in it."""

    name: str
    threshold: float
    seconds: float
    message: str


RULES = (
    Rule("queue_depth", 10_000, 30, "{value:g} tasks wait"),
    Rule("oldest_age", 300, 30, "the oldest task has been waiting for {value:.0f} s"),
    Rule("error_rate", 0.2, 30, "{value:.0%} of the last minute's attempts failed"),
    Rule("dead_letters", 10, 0, "{value:g} tasks died in the last five minutes"),
    Rule("no_workers", 0, 15, "{value:g} tasks wait and no worker is alive"),
    Rule("worker_lost", 0, 0, "{value:g} workers fell silent"),
    Rule("recorder_behind", 30, 10, "SQL does not know yet what happened {value:.0f} s ago"),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How an alert stands; times are ms since 1970."""

    state: State
    since: int
    value: float | None = None
    turning: int | None = None
    """Since when the value has been asking for the other state."""


def step(rule: Rule, standing: Standing, value: float | None, now: int) -> Standing:
    """Return how the alert stands now. A value that is not known changes nothing, and proves nothing."""
    if value is None:
        return replace(standing, turning=None)
    firing = standing.state == "firing"
    above = value > (rule.threshold * CLEARS_AT if firing else rule.threshold)
    if above == firing:
        return replace(standing, value=value, turning=None)
    turning = now if standing.turning is None else standing.turning
    if now - turning < rule.seconds * 1000:
        return replace(standing, value=value, turning=turning)
    return Standing("ok" if firing else "firing", since=now, value=value)


def rules_of(text: str) -> tuple[Rule, ...]:
    """Read "name=threshold[:seconds], …": the rules with these changes. Raises ValueError, which says what is wrong."""
    changed: Mapping[str, Rule] = {rule.name: rule for rule in RULES}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, _, given = (part.strip() for part in entry.partition("="))
        if name not in changed:
            message = f"there is no alert {name!r}; there are {', '.join(changed)}"
            raise ValueError(message)
        threshold, _, seconds = given.partition(":")
        rule = changed[name]
        rule = replace(rule, threshold=_number(threshold), seconds=_number(seconds) if seconds else rule.seconds)
        changed = {**changed, name: rule}
    return tuple(changed.values())


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        message = (
            f"{text!r} is no number that is 0 or more; an alert is changed by name=threshold or name=threshold:seconds"
        )
        raise ValueError(message)
    return number
