"""From options to the schedule and the tasks that one process follows."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from benchmarks.open_loop import schedule
from benchmarks.open_loop.payloads import Draw, drawing, drawing_checked, read
from benchmarks.open_loop.schedule import BadSchedule


def offsets(options: Namespace, part: int = 0, parts: int = 1) -> Iterator[float]:
    """Return a process's part of the schedule. Raises BadSchedule, or OSError for a trace that can't be read."""
    match options.arrivals:
        case "poisson":
            whole = schedule.poisson(options.rate, options.seed)
        case "steps":
            whole = schedule.steps(schedule.read_steps(options.steps), options.seed)
        case "trace":
            if not options.trace:
                message = "--arrivals trace needs --trace FILE"
                raise BadSchedule(message)
            whole = schedule.trace(Path(options.trace))
        case _:
            whole = schedule.constant(options.rate)
    if options.seconds:
        whole = schedule.until(whole, options.seconds)
    return schedule.share(whole, part, parts)


def draw(options: Namespace, whose: object = 0) -> Draw:
    """Return where the tasks of a process, or of a user, come from. Raises BadMix."""
    # A source of chance of its own: what a call brings must not decide when the next one goes out.
    seed = f"{options.seed}:tasks:{whose}"
    if options.tasks == "checked":
        return drawing_checked(seed)
    return drawing(read(options.tasks), seed, extra_bytes=options.payload_bytes, marks=options.marks)
