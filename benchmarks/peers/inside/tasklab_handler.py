"""The module that TaskLab's workers import: a worker needs neither the client nor SQL."""

from __future__ import annotations

import body

from system.tasks.handlers import task


@task("work")
async def work(task: str) -> None:
    """Run a task."""
    await body.arun(task)
