"""When a retry may begin where its task type has a budget: a token bucket that is kept as one number.

The number is the time until which retries are spoken for. Each retry moves it on by one interval, and may begin while
it is less than a burst ahead of now: the "generic cell rate algorithm" of ATM networks (ITU-T I.371). It needs no timer
and no refilling. lua/finish.lua has it in Lua, for all workers together.
"""

from __future__ import annotations

from system.tasks.handlers import RetryBudget


def admit(budget: RetryBudget, spoken_for: float, now: float) -> tuple[float, float]:
    """Return when one more retry may begin, and until when retries are then spoken for; all in ms."""
    interval = 1000 / budget.per_second
    begin = max(spoken_for, now)
    return max(now, begin - (budget.burst - 1) * interval), begin + interval
