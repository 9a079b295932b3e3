"""One line that says what is going on, and is written over until it says what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from IPython.display import display

EVERY_SECONDS = 0.3


class Line:
    """A line of text, as every front end shows it."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


@contextmanager
def progress(text: str) -> Iterator[Callable[[str], None]]:
    """Show a line for as long as the block lasts; it keeps the last word. The block is given what changes it."""
    begin, shown = time.monotonic(), 0.0
    handle = display(Line(f"{text} …"), display_id=True)
    last = text

    def tell(new: str) -> None:
        nonlocal shown, last
        last = new
        if time.monotonic() - shown > EVERY_SECONDS:
            shown = time.monotonic()
            if handle is not None:
                handle.update(Line(f"{new}   ({shown - begin:.0f} s)"))

    yield tell
    if handle is not None:
        handle.update(Line(f"{last}   ({time.monotonic() - begin:.1f} s)"))
