"""What the API answers while the queue, the database or room for more is missing."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from system.local.redis_server import RedisServer
from system.queues.leases import LeaseQueue
from system.queues.memory import MemoryQueue
from system.queues.protocol import Stats
from system.tasks.errors import QueueUnavailable, StoreUnavailable
from tests.fixtures.api import Api, run_api
from tests.fixtures.problems import assert_problem

NOBODY = "01900000-0000-7000-8000-000000000000"
TASK = {"type": "api-test"}
DEADLINE = 10.0


class AwayQueue(MemoryQueue):
    """A queue whose server does not answer."""

    async def _fail(self, *_: Any, **__: Any) -> Any:
        message = "Redis does not serve (connection refused)"
        raise QueueUnavailable(message)

    put = check = stats = cancel = _fail


@pytest.mark.parametrize("accept", ["sql", "redis"])
async def test_without_the_queue_tasks_are_accepted(accept: str) -> None:
    """Graceful degradation: the record takes them, deferred, and the API says it is degraded."""
    async with run_api(queue=AwayQueue(), accept=accept) as api:
        for _ in range(3):
            answer = await api.http.post("/tasks", json=TASK)
            assert (answer.status_code, answer.json()["dispatch"]) == (202, "deferred")
        shown = await api.http.get(answer.headers["location"])
        assert (shown.json()["status"], shown.json()["dispatch"]) == ("queued", "deferred")
        ready = await api.http.get("/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (200, "degraded")


async def test_a_real_server_that_comes_back(tmp_path: Path) -> None:
    """No connection means deferred, at once; when the server is back, tasks are put again without a restart of ours."""
    with RedisServer(tmp_path) as server:
        client: Redis = Redis.from_url(server.url, retry=Retry(NoBackoff(), 0))
        async with run_api(queue=LeaseQueue(client, lease_seconds=10)) as api:
            assert (await api.submit())["dispatch"] == "queued"
            server.kill()
            began = time.monotonic()
            assert {(await api.submit())["dispatch"] for _ in range(20)} == {"deferred"}
            assert time.monotonic() - began < DEADLINE / 4
            server.start()
            async with asyncio.timeout(DEADLINE):
                while (await api.submit())["dispatch"] == "deferred":  # noqa: ASYNC110  (a test may look)
                    await asyncio.sleep(0.05)
        await client.aclose()


async def test_without_the_queue_what_needs_it_is_a_503() -> None:
    """Figures and cancelling have nobody to ask; the caller is told to come back."""
    async with run_api(queue=AwayQueue()) as api:
        submitted = await api.submit()
        for method, path in [("GET", "/tasks/queue/stats"), ("POST", f"/tasks/{submitted['id']}/cancel")]:
            answer = await api.http.request(method, path)
            assert_problem(answer, 503, "queue-unavailable")
            assert int(answer.headers["retry-after"]) >= 1


async def test_a_dead_letter_is_requeued_without_the_queue() -> None:
    """It waits in SQL, deferred, like a new task."""
    async with run_api() as api:
        dead = await api.kill()
        async with run_api(queue=AwayQueue(), store=api.store) as other:
            assert (await other.http.post(f"/dead-letters/{dead}/requeue")).status_code == 200
            shown = (await other.http.get(f"/tasks/{dead}")).json()
            assert (shown["status"], shown["dispatch"]) == ("queued", "deferred")


async def test_without_the_database_nothing_is_accepted(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 with Retry-After, never a 202; alive all the same, so that nobody restarts the process for it."""
    await api.submit()

    async def gone(*_: object, **__: object) -> None:
        message = "the database does not serve: gone"
        raise StoreUnavailable(message)

    for name in ("insert", "get", "find", "ping", "queue_names", "count_open", "get_many"):
        monkeypatch.setattr(api.store, name, gone)
    for method, path in [
        ("POST", "/tasks"),
        ("GET", "/tasks"),
        ("GET", f"/tasks/{NOBODY}"),
        ("GET", "/tasks/queue/stats"),
        ("GET", "/health/ready"),
    ]:
        answer = await api.http.request(method, path, json=TASK if method == "POST" else None)
        assert_problem(answer, 503, "store-unavailable")
        assert int(answer.headers["retry-after"]) >= 1
        assert "gone" not in answer.text, "what names hosts and users is for the log"
    assert (await api.http.get("/health/live")).status_code == 200


async def test_the_time_to_come_back_is_measured() -> None:
    """Two a second were done in the last minute, so room for six takes three seconds; without a pace, a minute."""

    class Busy(MemoryQueue):
        async def stats(self, queue: str) -> Stats:
            return replace(await super().stats(queue), finished_1m=120)

    for queue, seconds in ((Busy(), "3"), (MemoryQueue(), "60")):
        async with run_api(max_backlog=4, queue=queue) as api:
            await api.store.ensure_queue("default")
            answer = await api.http.post("/tasks/batch", json={"tasks": [TASK] * 10})
            assert_problem(answer, 503, "overloaded")
            assert answer.headers["retry-after"] == seconds
            assert sum((await api.store.counts()).values()) == 0


async def test_over_the_backlog_cap() -> None:
    """503 with a time to come back, for batches as for single tasks; room made is room given."""
    async with run_api(max_backlog=2) as api:
        batch = {"tasks": [TASK, TASK]}
        await api.submit()
        for path, body in [("/tasks/batch", batch), ("/tasks/batch", batch)]:
            answer = await api.http.post(path, json=body)
            assert_problem(answer, 503, "overloaded")
            assert 1 <= int(answer.headers["retry-after"]) <= 60
        await api.submit()
        assert_problem(await api.http.post("/tasks", json=TASK), 503, "overloaded")
