"""Lesson 08: which part of the system is the bottleneck, told from the CPU seconds of one's own run."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lab.check.not_yet import need, well_done

NEAR = 0.9
"""Of the highest: two parts as busy as each other are both right."""


def limit(answer: Any, cpu: pd.DataFrame) -> None:
    """Check the name of a role against the CPU it used in the highest step; `cpu` has a row a step, a column a role."""
    roles = list(cpu.columns)
    need(isinstance(answer, str) and answer, f"Give the name of one part: {', '.join(roles)}.")
    need(answer in roles, f"{answer!r} is not measured here. The parts are {', '.join(roles)}.")
    highest = cpu.iloc[-1]
    busiest = str(highest.idxmax())
    need(
        highest[answer] >= NEAR * highest[busiest],
        f"In the last step {answer} used {highest[answer]:.2f} of a core, and another part more: see the last row.",
    )
    well_done(f"{answer}, with {highest[answer]:.2f} of a core in the last step: more of the rest would help little.")
