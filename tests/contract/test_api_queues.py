"""Queues and workers over HTTP: figures, clean-up, pause, health, documentation."""

from __future__ import annotations

import time
from typing import Any

from system.queues.memory import MemoryQueue, MemoryRegistry
from system.queues.protocol import Cleanup
from system.tasks.outcome import RetryIn
from tests.fixtures.api import Api, run_api
from tests.fixtures.problems import assert_problem
from tests.fixtures.tasks import new_row

FIGURES = ["queue_size", "processing", "total_pending", "scheduled", "dead", "oldest_age_seconds", "by_priority"]
FIGURES += ["workers", "throughput_1m", "error_rate_1m", "paused"]
HEARTBEAT = {
    "host": "here",
    "pid": 4711,
    "status": "running",
    "queues": ["default", "other"],
    "concurrency": 10,
    "running": 2,
    "done": 40,
    "failed": 1,
    "rss_bytes": 30_000_000,
    "lag_seconds": 0.01,
    "redis_seconds": 0.0003,
    "held": ["a-task"],
    "started_at": 1_764_000_000_123,
}


async def stats(api: Api) -> dict[str, Any]:
    """Ask for the figures."""
    answer = await api.http.get("/tasks/queue/stats")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_figures_of_an_idle_system(api: Api) -> None:
    """Everything is there from the first moment on, the default queue included."""
    figures = await stats(api)
    assert list(figures) == [*FIGURES, "queues"]
    assert list(figures["queues"]) == ["default"]
    assert list(figures["queues"]["default"]) == FIGURES
    assert figures["by_priority"] == {str(priority): 0 for priority in range(10)}
    assert (figures["throughput_1m"], figures["error_rate_1m"], figures["paused"]) == (0, 0, False)


async def test_figures_by_queue(api: Api) -> None:
    """What waits, runs, is due later, failed and died, in each queue and all together."""
    await api.kill()
    await api.succeed()
    await api.submit()
    await api.claim()
    await api.submit(priority=9)
    await api.submit(priority=0, queue="other")
    await api.submit(delay=60, queue="other")
    await api.registry.beat("worker-1", HEARTBEAT)
    figures = await stats(api)
    default, other = figures["queues"]["default"], figures["queues"]["other"]
    assert [default[name] for name in FIGURES[:5]] == [1, 1, 2, 0, 1]
    assert [other[name] for name in FIGURES[:5]] == [1, 0, 1, 1, 0]
    assert [figures[name] for name in FIGURES[:5]] == [2, 1, 3, 1, 1]
    assert (figures["by_priority"]["9"], figures["by_priority"]["0"], other["by_priority"]["0"]) == (1, 1, 1)
    assert (figures["throughput_1m"], figures["error_rate_1m"]) == (2, 0.5)
    assert (figures["workers"], default["workers"], other["workers"]) == (1, 1, 1)


async def test_failed_attempts_count_as_errors(api: Api) -> None:
    """An attempt that will be retried is an error of the last minute as well."""
    await api.submit()
    claim = await api.claim()
    await api.settle(claim, RetryIn(60, claim.task, "not yet"))
    figures = await stats(api)
    assert (figures["throughput_1m"], figures["error_rate_1m"], figures["scheduled"]) == (1, 1, 1)


async def test_pause_and_resume(api: Api) -> None:
    """A paused queue accepts and hands out nothing; a queue nobody ever used is a 404."""
    await api.submit(queue="a/b")
    answer = await api.http.post("/queues/a%2Fb/pause")
    assert (answer.status_code, answer.json()) == (200, {"queue": "a/b", "paused": True})
    assert (await api.queue.claim("worker-1", ["a/b"], 1)).claims == []
    assert (await stats(api))["queues"]["a/b"]["paused"]
    assert (await api.http.post("/queues/a%2Fb/resume")).json() == {"queue": "a/b", "paused": False}
    assert len((await api.queue.claim("worker-1", ["a/b"], 1)).claims) == 1
    assert (await api.http.post("/queues/default/pause")).status_code == 200
    for name in ("unheard", "%00", "x" * 300):
        assert_problem(await api.http.post(f"/queues/{name}/pause"), 404, "not-found")
        assert_problem(await api.http.post(f"/queues/{name}/resume"), 404, "not-found")


async def test_cleanup(api: Api) -> None:
    """The contract's three numbers: taken back, dead of it, and put again from SQL."""
    answer = await api.http.post("/tasks/queue/cleanup")
    assert (answer.status_code, answer.json()) == (200, {"requeued": 0, "dead": 0, "reconciled": 0})


async def test_cleanup_takes_back_and_reconciles() -> None:
    """An ended lease goes back to waiting; what the queue lost comes from whoever can compare it with SQL."""
    passed = 0.0

    async def reconcile() -> int:
        return 3

    queue = MemoryQueue(lease_seconds=10, clock=lambda: time.time() + passed)
    async with run_api(queue=queue, reconcile=reconcile) as api:
        await api.submit()
        await api.claim()
        passed += 11
        answer = await api.http.post("/tasks/queue/cleanup")
        assert answer.json() == {"requeued": 1, "dead": 0, "reconciled": 3}


async def test_cleanup_puts_again_what_a_queue_kept_the_id_of() -> None:
    """The naive queue can't tell what an orphaned id was; SQL can."""
    row = new_row(type="api-test")

    class Forgetful(MemoryQueue):
        async def cleanup(self, queue: str) -> Cleanup:
            await super().cleanup(queue)
            return Cleanup(orphaned=[row.id])

    async with run_api(queue=Forgetful()) as api:
        await api.store.ensure_queue("default")
        await api.store.insert([row])
        assert (await api.http.post("/tasks/queue/cleanup")).json()["reconciled"] == 1
        assert (await api.claim()).task.id == row.id


async def test_workers(api: Api) -> None:
    """What each last said of itself, with times as everywhere."""
    await api.registry.beat("worker-1", HEARTBEAT)
    (worker,) = (await api.http.get("/workers")).json()
    times = worker.pop("started_at"), worker.pop("last_heartbeat")
    assert times[0] == "2025-11-24T16:00:00.123Z"
    assert all(time.endswith("Z") for time in times)
    assert worker == {
        "id": "worker-1",
        "taken_over": {},
        **{name: HEARTBEAT[name] for name in HEARTBEAT if name != "started_at"},
    }


async def test_a_silent_worker_is_lost() -> None:
    """Ten seconds without a heartbeat; it no longer counts among those who work."""

    class Silent(MemoryRegistry):
        async def workers(self) -> list[dict[str, Any]]:
            return [{**info, "age_seconds": 10.1} for info in await super().workers()]

    registry = Silent()
    await registry.beat("worker-1", HEARTBEAT)
    async with run_api(registry=registry) as api:
        (worker,) = (await api.http.get("/workers")).json()
        assert worker["status"] == "lost"
        assert (await stats(api))["workers"] == 0


async def test_health(api: Api) -> None:
    """Alive, and ready: SQL and the queue answer."""
    assert (await api.http.get("/health/live")).json() == {"status": "ok"}
    for path in ("/health", "/health/ready"):
        answer = await api.http.get(path)
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")


async def test_the_documentation_needs_no_internet(api: Api) -> None:
    """The page loads nothing from elsewhere, and what it loads is there."""
    page = (await api.http.get("/docs")).text
    assert "http://" not in page
    assert "https://" not in page
    for asset in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"):
        assert f"/static-offline-docs/{asset}" in page
        assert (await api.http.get(f"/static-offline-docs/{asset}")).status_code == 200


async def test_the_openapi_document_describes_bodies_and_problems(api: Api) -> None:
    """What is parsed by our own hand is documented as if FastAPI had done it."""
    document = (await api.http.get("/openapi.json")).json()
    submit = document["paths"]["/tasks"]["post"]
    assert submit["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/TaskIn")
    assert submit["responses"]["202"]["content"]["application/json"]["schema"]["$ref"].endswith("/TaskOut")
    statuses = {int(status) for status in submit["responses"]}
    assert statuses == {202, 400, 401, 403, 408, 409, 413, 415, 422, 429, 500, 501, 503}
    for status, response in submit["responses"].items():
        if status != "202":
            assert response["content"] == {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            }
    assert "Retry-After" in submit["responses"]["429"]["headers"]
    assert "HTTPValidationError" not in str(document)
    assert submit["security"]
    fields = document["components"]["schemas"]["TaskIn"]["properties"]
    assert (fields["priority"]["minimum"], fields["priority"]["maximum"]) == (0, 9)
    assert set(document["paths"]) == {
        "/tasks",
        "/tasks/batch",
        "/tasks/{id}",
        "/tasks/{id}/attempts",
        "/tasks/{id}/explain",
        "/tasks/{id}/cancel",
        "/tasks/queue/stats",
        "/tasks/queue/cleanup",
        "/queues/{name}/pause",
        "/queues/{name}/resume",
        "/dead-letters",
        "/dead-letters/requeue",
        "/dead-letters/purge",
        "/dead-letters/{id}/requeue",
        "/dead-letters/{id}",
        "/breakers",
        "/breakers/{name}/open",
        "/breakers/{name}/close",
        "/breakers/{name}/auto",
        "/workers",
        "/workers/{id}/quiet",
        "/workers/{id}/resume",
        "/workers/{id}/drain",
        "/metrics",
        "/alerts",
        "/scaling",
        "/health/live",
        "/health/ready",
    }
