"""The task types of checked runs. Each is told its mark: what its client calls it, whatever answer the client got."""

from __future__ import annotations

from system import workloads
from system.tasks.handlers import Retry, task

SOON = Retry(max_attempts=3, base=0.2, cap=1.0)  # a drain must not wait for long pauses


@task("load_noop")
async def noop(mark: str) -> None:
    """Do nothing."""


@task("load_sleep")
async def sleep(mark: str, seconds: float) -> float:  # noqa: ARG001 (the mark is for the record)
    """Wait without work."""
    return await workloads.sleep(seconds)


@task("load_cpu", isolation="process")
def cpu(mark: str, iterations: int) -> int:  # noqa: ARG001
    """Compute in a process of its own."""
    return workloads.cpu(iterations)


@task("load_flaky", retry=SOON)
async def flaky(mark: str, failures: int) -> int:  # noqa: ARG001
    """Fail the first attempts."""
    return await workloads.flaky(failures)


@task("load_fail", retry=SOON)
async def fail(mark: str) -> None:  # noqa: ARG001
    """Fail always."""
    await workloads.fail()
