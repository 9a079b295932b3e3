"""A task type with a witness: it writes into a file that it began and that it ended, and no crash erases a file."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks.checker import journaled
from system import workloads
from system.tasks.context import current
from system.tasks.handlers import task


@task("witnessed")
async def witnessed(seconds: float, journal: str) -> float:
    """Wait without work, and write down the beginning and the end of it."""
    with journaled(Path(journal), task=current().task_id, worker=f"process {os.getpid()}"):
        return await workloads.sleep(seconds)
