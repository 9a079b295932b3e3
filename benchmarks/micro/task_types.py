"""A task type that answers with the time at which its handler began, for measuring start latency on one machine."""

from __future__ import annotations

import time

from system.tasks.handlers import task


@task("benchmark_stamp")
async def stamp(intended: float) -> list[float]:
    """Return the intended time of the submit, as given, and now; both in seconds since 1970."""
    return [intended, time.time()]
