"""Shares by weight: whose turn it is, so that each gets its part of the turns, evenly spread, and none starves.

Turn n looks at the n-th point of a sequence that fills a circle evenly (steps of the golden ratio), and takes whoever
owns that stretch of it. The count of turns is all there is to remember, so any number of workers can share it, and any
choice of those who wait divides the circle anew. lua/claim.lua has it in Lua, digit for digit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from system.tasks.task import PRIORITIES

K = TypeVar("K")
CIRCLE = 65_536
STEP = 40_503  # the golden part of the circle; odd, so that every point is met once in a round
MOST_WEIGHT = 1_000


def pick(weights: Mapping[K, int], turn: int) -> K:
    """Return whose turn it is; `weights` are whole numbers above 0, and there is at least one."""
    point = turn * STEP % CIRCLE * sum(weights.values()) // CIRCLE
    for key, weight in weights.items():
        if point < weight:
            return key
        point -= weight
    message = "nobody has a weight"
    raise ValueError(message)


def take(waiting: Mapping[int, int], weights: Sequence[int], turn: int, limit: int) -> list[int]:
    """Return the priorities to take one task each from, in order, where so many wait of each; turns count from `turn`.

    `weights` has one for each priority, 0 first.
    """
    left = {priority: count for priority, count in sorted(waiting.items(), reverse=True) if count}
    taken: list[int] = []
    while left and len(taken) < limit:
        priority = pick({one: weights[one] for one in left}, turn + len(taken))
        taken.append(priority)
        left[priority] -= 1
        if not left[priority]:
            del left[priority]
    return taken


def priority_weights(text: str) -> tuple[int, ...] | None:
    """Read how priorities share: "strict" (None), "proportional" (priority + 1), or "9=16,5=4" (the others 1).

    Raises ValueError for anything else.
    """
    if text == "strict":
        return None
    if text == "proportional":
        return tuple(priority + 1 for priority in PRIORITIES)
    weights = [1] * len(PRIORITIES)
    for part in text.split(","):
        name, _, weight = (piece.strip() for piece in part.partition("="))
        if not name.isdecimal() or int(name) not in PRIORITIES:
            message = "strict, proportional, or weights like 9=16,5=4 are needed"
            raise ValueError(message)
        weights[int(name)] = weight_of(weight)
    return tuple(weights)


def named_weights(text: str) -> dict[str, int]:
    """Read names with weights, "a=3,b" (without one: 1), in their order. Raises ValueError."""
    weights: dict[str, int] = {}
    for part in text.split(","):
        name, equals, weight = (piece.strip() for piece in part.partition("="))
        if name:
            weights[name] = weight_of(weight) if equals else 1
    return weights


def weight_of(text: str) -> int:
    """Read one weight."""
    if not text.isdecimal() or not 1 <= int(text) <= MOST_WEIGHT:
        message = f"a weight is a whole number from 1 to {MOST_WEIGHT}, not {text!r}"
        raise ValueError(message)
    return int(text)
