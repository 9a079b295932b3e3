"""What workers log, taken down with the world's time instead of being printed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import structlog
from structlog.typing import EventDict

from benchmarks.simulation.loops import Loop
from benchmarks.simulation.stage import Stage


@contextmanager
def overheard(stage: Stage) -> Iterator[None]:
    """Take down what is logged as long as the block lasts; it must not be logged from other threads meanwhile."""

    def take_down(_logger: object, _method: str, event: EventDict) -> NoReturn:
        said = [f"{key}={value}" for key, value in event.items() if key != "event"]
        stage.note(_speaker(), " ".join(["logs", event["event"], *said]))
        raise structlog.DropEvent

    # Changed in place: a logger that was used before may have been told to keep this very list.
    processors = structlog.get_config()["processors"]
    before = processors[:]
    processors[:] = [take_down]
    try:
        yield
    finally:
        processors[:] = before


def _speaker() -> str:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return "?"
    return loop.name if isinstance(loop, Loop) else "?"
