"""Whether a queue takes tasks can be asked without putting one."""

from __future__ import annotations

import pytest

from benchmarks.faults.log import FaultLog
from benchmarks.faults.redis import full
from system.queues.protocol import Queue, Stats
from system.tasks.errors import QueueUnavailable
from tests.contract.queue_kit import new_tasks


async def test_asking_changes_nothing(queue: Queue) -> None:
    """The answer is to return."""
    before = await queue.stats("default")
    await queue.check("default")
    assert await queue.stats("default") == before == Stats(by_priority=before.by_priority)


async def test_a_full_backend_answers_and_takes_nothing(queue: Queue, backend: str | None) -> None:
    """So figures can be had, and say nothing about whether a task could be put."""
    if backend is None:
        pytest.skip("memory has no limit of its own")
    await queue.stats("default")  # the first look at a stream makes its group
    with full(backend, FaultLog()):
        await queue.stats("default")
        with pytest.raises(QueueUnavailable):
            await queue.put(new_tasks(1))
        with pytest.raises(QueueUnavailable):
            await queue.check("default")
    await queue.check("default")
