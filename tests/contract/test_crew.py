"""Workers over HTTP: orders, and what became of what a lost one held."""

from __future__ import annotations

import time
from typing import Any

import pytest

from system.queues.memory import MemoryQueue, MemoryRegistry
from system.queues.registry import Order
from tests.contract.test_api_queues import HEARTBEAT
from tests.fixtures.api import KEYS, Api, run_api
from tests.fixtures.problems import assert_problem


@pytest.mark.parametrize(("how", "order"), [("quiet", Order.QUIET), ("drain", Order.DRAIN), ("resume", None)])
async def test_orders(api: Api, how: str, order: Order | None) -> None:
    """They wait for the worker's next heartbeat; a stranger is a 404."""
    await api.registry.beat("here/1", HEARTBEAT)
    answer = await api.http.post(f"/workers/here%2F1/{how}")
    assert (answer.status_code, answer.json()) == (200, {"worker": "here/1", "order": order})
    assert await api.registry.beat("here/1", HEARTBEAT) is order
    assert_problem(await api.http.post(f"/workers/nobody/{how}"), 404, "not-found")


async def test_orders_are_for_admins() -> None:
    """Whoever may only read gives none."""
    async with run_api(keys=KEYS) as api:
        await api.registry.beat("w", HEARTBEAT)
        for name, status in (("ann", 403), ("eve", 403), ("root", 200)):
            headers = {"Authorization": f"Bearer {name}-key"}
            assert (await api.http.post("/workers/w/drain", headers=headers)).status_code == status


async def test_what_a_lost_worker_held() -> None:
    """Its tasks, and when the next one could have each."""
    passed = 0.0

    def clock() -> float:
        return time.time() + passed

    queue, registry = MemoryQueue(lease_seconds=10, clock=clock), MemoryRegistry(clock=clock)
    async with run_api(queue=queue, registry=registry) as api:
        held = [(await api.submit())["id"] for _ in range(2)]
        for _ in held:
            await api.claim()
        await api.registry.beat("worker-1", {**HEARTBEAT, "held": held})
        passed = 10.5

        async def lost() -> dict[str, Any]:
            (worker,) = (await api.http.get("/workers")).json()
            assert worker["status"] == "lost"
            assert worker["held"] == held
            return dict(worker["taken_over"])

        assert await lost() == {}
        await queue.cleanup("default")
        await api.record()
        assert list(await lost()) == held
