"""How long a backlog still lasts."""

from __future__ import annotations


def predict(backlog: float, arrival_rate: float, drain_rate: float) -> float | None:
    """Return the seconds until `backlog` tasks are gone while others come; None: at these rates, never.

    Rates are tasks a second; `drain_rate` counts all tasks that end, old and new. Raises ValueError below 0.
    """
    if min(backlog, arrival_rate, drain_rate) < 0:
        message = f"no backlog or rate lies below 0, not {backlog}, {arrival_rate} and {drain_rate}"
        raise ValueError(message)
    if not backlog:
        return 0.0
    surplus = drain_rate - arrival_rate
    return backlog / surplus if surplus > 0 else None
