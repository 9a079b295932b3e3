"""What a long run is at: how far it is, how long it still takes, and its counters."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

LINE_SECONDS = 10.0  # between two lines where there is no terminal


class Phase:
    """One part of a run, of a known length in seconds (None: until it is over)."""

    def __init__(self, console: Console, bar: Progress, name: str, seconds: float | None) -> None:
        self._console = console
        self._bar = bar
        self._name = name
        self._seconds = seconds
        self._begun = time.monotonic()
        self._next_line = 0.0
        self._task = bar.add_task(name, total=seconds, counters="")

    def show(self, counters: str) -> None:
        """Show how far it is."""
        passed = time.monotonic() - self._begun
        if self._console.is_terminal:
            self._bar.update(self._task, completed=passed, counters=counters)
        elif passed >= self._next_line:
            self._next_line = passed + LINE_SECONDS
            of = f" of {self._seconds:.0f}" if self._seconds else ""
            self._console.print(f"{self._name}  {passed:.0f}{of} s  {counters}", highlight=False, soft_wrap=True)


@contextmanager
def phase(console: Console, name: str, seconds: float | None = None) -> Iterator[Phase]:
    """Show a part of a run for as long as the block lasts."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[counters]}"),
    )
    bar = Progress(*columns, console=console, disable=not console.is_terminal)
    with bar:
        current = Phase(console, bar, name, seconds)
        current.show("")
        yield current
