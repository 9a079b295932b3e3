"""The workers: who they are, what lost ones held, and telling one to be quiet, to go on or to drain."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from system.operations.in_time import in_time
from system.operations.inspect import workers
from system.queues.registry import Order, WorkerRegistry
from system.storage.store import Store
from system.tasks.errors import NotFound, StoreUnavailable


async def order(registry: WorkerRegistry, worker_id: str, what: Order | None) -> None:
    """Leave an order for a worker, who reads it with its next heartbeat, within three seconds; None: work as usual.

    Raises NotFound for a worker nobody has heard of, QueueUnavailable.
    """
    async with in_time():
        if worker_id not in {info["id"] for info in await registry.workers()}:
            message = f"there is no worker {worker_id[:64]!r}"
            raise NotFound(message)
        await registry.order(worker_id, what)


async def find(store: Store, registry: WorkerRegistry) -> list[dict[str, Any]]:
    """Return what inspect.workers does, and of lost ones `taken_over`: task id -> when others could have it, in ms."""
    infos = await workers(registry)
    return [{**info, "taken_over": await _taken_over(store, info)} for info in infos]


async def _taken_over(store: Store, info: dict[str, Any]) -> dict[str, int]:
    ended: dict[str, int] = {}
    if info["status"] != "lost":
        return ended
    with suppress(StoreUnavailable):  # who works can be told without SQL
        for task_id in info.get("held", ()):
            for attempt in await store.attempts(task_id):
                if attempt.worker == info["id"] and attempt.outcome == "lease_expired" and attempt.finished_at:
                    ended[task_id] = attempt.finished_at
    return ended
