"""Each size of what grows is measured on an embedded server of its own, so that none pays for the one before."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.growth.points import Point
from system.wiring import Settings, some_redis, with_places


def on_fresh_servers(
    sizes: Sequence[int], folder: Path, measure: Callable[[Settings, int], Coroutine[Any, Any, list[Point]]]
) -> list[Point]:
    """Return the points of all sizes, in their order; each server keeps its data in a folder of its size's name."""
    points = []
    for size in sizes:
        with some_redis(with_places(Settings(data=folder / str(size)))) as settings:
            points += uvloop.run(measure(settings, size))
    return points
