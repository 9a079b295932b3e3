"""Lesson 09: a lease for a given need, by what was measured: long enough to live with a pause, short enough to heal."""

from __future__ import annotations

from typing import Any

from lab.check.not_yet import need, well_done

HEAL_WITHIN, PAUSE = 5.0, 2.0
"""Seconds: until a dead worker's tasks run again; how long a healthy worker may be silent."""
MARGIN = 1.0
"""Seconds that the promise adds to the lease."""
RENEWED_AT = 1 / 3
"""Of the lease: a worker renews so often, so two thirds are left when it falls silent at the worst moment."""


def lease(answer: Any) -> None:
    """Check a lease in seconds: heals within 5 s, and a worker may be silent for 2 s without losing its tasks."""
    need(isinstance(answer, (int, float)) and not isinstance(answer, bool), "Give a number of seconds.")
    need(answer > 0, "A lease of no time is over before the worker has begun.")
    need(
        answer + MARGIN <= HEAL_WITHIN,
        f"With {answer:g} s a dead worker's task may wait {answer + MARGIN:g} s. The need is {HEAL_WITHIN:g} s.",
    )
    need(
        answer * (1 - RENEWED_AT) >= PAUSE,
        f"Renewed every {answer * RENEWED_AT:.2g} s, it may have {answer * (1 - RENEWED_AT):.2g} s left when a pause "
        f"of {PAUSE:g} s begins: a healthy worker would lose its tasks.",
    )
    well_done(f"{answer:g} s: heals within {answer + MARGIN:g} s, and a silence of {PAUSE:g} s costs nothing.")
