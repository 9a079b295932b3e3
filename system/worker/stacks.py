"""Where a handler was when its time was up: the lines that a reader of the error needs to see what hangs."""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterable
from itertools import takewhile
from pathlib import Path
from traceback import FrameSummary
from types import CodeType

from system.tasks.task import Claim

FRAMES = 8  # the innermost
OURS = str(Path(__file__).parent)
LINE = re.compile(r'  File "(.*)", line (\d+) in (.*)')


def written(frames: Iterable[FrameSummary]) -> str:
    """Write frames, the innermost last, without the worker's own."""
    theirs = [frame for frame in frames if not frame.filename.startswith(OURS)]
    return "".join(traceback.format_list(theirs[-FRAMES:]))


def of_error(error: BaseException) -> str:
    """Return where an error was raised: of a cancelled coroutine, where it waited."""
    return written(traceback.extract_tb(error.__traceback__, limit=-3 * FRAMES))


def of_thread(claim: Claim, call: CodeType) -> str:
    """Return where the thread is that runs a claim.

    While all goes well nobody notes which one that is. It is found by the frame of `call`, the function that runs plain
    handlers, whose `claim` is the one.
    """
    for frame in sys._current_frames().values():  # noqa: SLF001 - there is no other way to look at a thread
        stack = list(traceback.walk_stack(frame))
        if any(one.f_code is call and one.f_locals.get("claim") is claim for one, _ in stack):
            inner = list(takewhile(lambda entry: entry[0].f_code is not call, stack))[: 3 * FRAMES]
            return written(traceback.StackSummary.extract(iter(inner[::-1])))
    return ""


def of_dump(dump: str, call: CodeType) -> str:
    """Return where a process was, from what faulthandler wrote: of all its threads the one in `call`."""
    for block in dump.split("\n\n"):
        found = [match.groups() for line in block.splitlines() if (match := LINE.match(line))]
        places = [(file, name) for file, _, name in found]
        if (ours := (call.co_filename, call.co_name)) in places:
            inner = [FrameSummary(file, int(line), name) for file, line, name in found[: places.index(ours)]]
            return written(inner[::-1])
    return ""
