"""Words for stories about queues: make a task, drain a queue, settle a claim, look what happened, wait for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import pytest
from uuid_utils import uuid7

from system.queues.protocol import Ability, Queue
from system.tasks.events import Event
from system.tasks.outcome import Bury, Decision, Settlement, Succeed
from system.tasks.task import Claim, Task

T = TypeVar("T")
DEADLINE = 10.0  # seconds until a test gives up waiting
DONE = Succeed('"done"')
HOPELESS = Bury("hopeless")


def now_ms() -> int:
    """Return the time as tasks carry it."""
    return int(time.time() * 1000)


def new_task(**given: Any) -> Task:
    """Make a task that was created a second ago, to run at once."""
    created_at = now_ms() - 1000
    fields: dict[str, Any] = {"id": str(uuid7()), "type": "noop", "created_at": created_at, "run_at": created_at}
    return Task(**fields | given)


def new_tasks(count: int, **given: Any) -> list[Task]:
    """Make several of them."""
    return [new_task(**given) for _ in range(count)]


def needs(queue: Queue, ability: Ability) -> None:
    """Skip the test for a queue that does not claim the ability."""
    if ability not in queue.abilities:
        pytest.skip(f"{type(queue).__name__} has no {ability.name}")


def be_impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let brpop wait less than the seed's second for a task that does not come."""
    monkeypatch.setattr("system.queues.brpop.BLOCK_SECONDS", 0.05)


async def claim_one(queue: Queue, worker: str = "ann", name: str = "default") -> Claim:
    """Claim a task that must be there."""
    (claim,) = (await queue.claim(worker, [name], 1)).claims
    return claim


async def take_over(queue: Queue, worker: str) -> Claim:
    """Claim a task as soon as another worker's lease on it has ended."""
    (claim,) = await eventually(lambda: _claims(queue, worker))
    return claim


async def _claims(queue: Queue, worker: str) -> list[Claim]:
    return (await queue.claim(worker, ["default"], 1)).claims


async def drain(queue: Queue, worker: str = "ann", *names: str, limit: int = 100) -> list[Claim]:
    """Claim until nothing is left."""
    claims: list[Claim] = []
    while found := (await queue.claim(worker, names or ["default"], limit)).claims:
        claims += found
    return claims


async def settle(queue: Queue, claim: Claim, decision: Decision = DONE) -> bool:
    """Finish one claim that began 30 ms ago and ended 10 ms ago."""
    (settled,) = await queue.finish([Settlement(claim, decision, 30.0, 10.0)])
    return settled


async def history(queue: Queue, name: str = "default") -> list[Event]:
    """Return all that happened."""
    return [event for batch in await queue.history(name, "0", 1000) for event in batch.events]


async def kinds(queue: Queue, task: Task) -> list[str]:
    """Return what happened to one task, by name, in order."""
    return [event.kind.value for event in await history(queue, task.queue) if event.task_id == task.id]


async def eventually(look: Callable[[], Awaitable[T | None]]) -> T:
    """Look until there is something to see."""
    deadline = time.monotonic() + DEADLINE
    while not (seen := await look()):
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.01)
    return seen


def ids(items: Sequence[Task | Claim]) -> list[str]:
    """Return the ids of tasks or claims."""
    return [item.id if isinstance(item, Task) else item.task.id for item in items]
