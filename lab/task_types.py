"""A task type with a witness: it writes into a file that it began and that it ended, and no crash erases a file."""

from __future__ import annotations

import os
from pathlib import Path

from system import workloads
from system.tasks.context import current
from system.tasks.handlers import task


@task("witnessed")
async def witnessed(seconds: float, journal: str) -> float:
    """Wait without work, and write down the beginning and the end of it."""
    from benchmarks.checker import journaled  # noqa: PLC0415 (it brings SQL along, which other tasks don't need)

    with journaled(Path(journal), task=current().task_id, worker=f"process {os.getpid()}"):
        return await workloads.sleep(seconds)
