"""How far a long run is, a line a step: what was done, and about how long the rest will take."""

from __future__ import annotations

import time

from rich.console import Console


class Steps:
    """Counts steps of about the same length."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._done = 0
        self._begun = time.monotonic()

    def done(self, what: str) -> None:
        """Tell that one more is done."""
        self._done += 1
        passed = time.monotonic() - self._begun
        left = passed / self._done * (self._total - self._done)
        text = f"{self._done} of {self._total}, {_clock(left)} left: {what}"
        self._console.print(text, highlight=False, soft_wrap=True, markup=False)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
