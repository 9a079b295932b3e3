"""Lesson 04: throughput with twice as many workers as were measured, predicted before it is run."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lab.check.not_yet import need, well_done

LEAST, MOST = 0.4, 1.6
"""Of what is measured: two busy cores are no laboratory."""


def prediction(answer: Any, trials: pd.DataFrame, workers: int) -> None:
    """Check tasks a second predicted for `workers` before they are run, by what the measured trials allow."""
    need(isinstance(answer, (int, float)) and not isinstance(answer, bool), "Give a number: tasks a second.")
    medians = trials.groupby("workers")["throughput"].median()
    best, one = float(medians.max()), float(medians.iloc[0]) / int(medians.index[0])
    need(answer > 0, "A prediction of nothing is none. What does one worker do a second?")
    need(answer <= one * workers * 1.1, f"More than the ideal line: {workers} workers, {one:.0f} a second each.")
    need(
        answer >= best * LEAST,
        f"Less than what fewer workers did already ({best:.0f} a second). Why would it fall so far?",
    )
    well_done(f"{answer:,.0f} tasks a second with {workers} workers: now run it.")
