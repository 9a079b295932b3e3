"""`GET /metrics`: what Prometheus reads."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from system.queues.memory import MemoryQueue
from system.queues.protocol import Stats
from system.storage.counters import Count
from system.tasks.errors import QueueUnavailable, StoreUnavailable
from system.tasks.outcome import RetryIn
from tests.fixtures.api import KEYS, Api, run_api
from tests.fixtures.problems import assert_problem

NOBODY = "01900000-0000-7000-8000-000000000000"


async def samples(api: Api) -> dict[str, float]:
    """Return all samples by how they read: `name{label="value"}`."""
    answer = await api.http.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return read(answer.text)


def read(text: str) -> dict[str, float]:
    """Read an exposition."""
    found = {}
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in one.labels.items())
            found[f"{one.name}{{{labels}}}" if labels else one.name] = one.value
    return found


async def test_what_happened_is_counted(api: Api) -> None:
    """By type, and never by task."""
    await api.succeed()
    await api.kill()
    claim_of = await api.submit()
    claim = await api.claim()
    await api.settle(claim, RetryIn(60, claim.task, "not yet"))
    await api.submit(queue="other")
    found = await samples(api)
    of_type = '{type="api-test"}'
    assert found["tasklab_tasks_submitted_total" + of_type] == 4
    assert found["tasklab_tasks_succeeded_total" + of_type] == 1
    assert found["tasklab_tasks_dead_total" + of_type] == 1
    assert found["tasklab_task_run_seconds_count" + of_type] >= 2
    assert found["tasklab_refused_finishes_total"] == 0
    assert found['tasklab_queue_tasks{queue="default",state="scheduled"}'] == 1
    assert found['tasklab_queue_tasks{queue="default",state="dead"}'] == 1
    assert found['tasklab_queue_tasks{queue="other",state="waiting"}'] == 1
    assert found['tasklab_workers{state="running"}'] == 0
    assert found['tasklab_up{service="redis"}'] == found['tasklab_up{service="sql"}'] == 1
    assert not any(claim_of["id"] in name for name in found)


async def test_the_recorder_is_behind_until_it_recorded(api: Api) -> None:
    """The age of the oldest thing that SQL does not know yet."""
    await api.submit()
    assert (await samples(api))['tasklab_recorder_lag_seconds{queue="default"}'] > 0
    await api.record()
    assert (await samples(api))['tasklab_recorder_lag_seconds{queue="default"}'] == 0


async def test_requests_are_timed_by_route(api: Api) -> None:
    """Ids and whatever strangers think of make no label."""
    await api.http.get(f"/tasks/{NOBODY}")
    await api.http.get("/no/such/page")
    await api.http.request("STRANGE", "/no/such/page")
    found = await samples(api)
    name = "tasklab_http_request_duration_seconds_count"
    timed = {key for key in found if key.startswith(name)}
    assert f'{name}{{method="GET",route="/tasks/{{id}}",status="404"}}' in timed
    assert f'{name}{{method="GET",route="(none)",status="404"}}' in timed
    assert f'{name}{{method="(none)",route="(none)",status="404"}}' in timed
    assert not any(NOBODY in key or "no/such" in key for key in timed)


async def test_a_queue_that_is_away_takes_only_its_own_numbers_with_it() -> None:
    """What is counted in SQL is still shown, and that Redis is away."""

    class Away(MemoryQueue):
        async def stats(self, queue: str) -> Stats:
            raise QueueUnavailable(queue)

    async with run_api(queue=Away()) as api:
        await api.succeed()
        found = await samples(api)
    assert found['tasklab_up{service="redis"}'] == 0
    assert found['tasklab_tasks_succeeded_total{type="api-test"}'] == 1
    assert not any(key.startswith("tasklab_queue_") for key in found)


async def test_a_database_that_is_away(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page still comes, and says so."""

    async def away() -> list[Count]:
        message = "away"
        raise StoreUnavailable(message)

    monkeypatch.setattr(api.store, "counters", away)
    found = await samples(api)
    assert found['tasklab_up{service="sql"}'] == 0
    assert not any(key.startswith("tasklab_tasks_") for key in found)


async def test_who_may_look() -> None:
    """Readers and administrators."""
    async with run_api(keys=KEYS) as api:
        for key, status in {"eve-key": 200, "root-key": 200, "ann-key": 403}.items():
            answer = await api.http.get("/metrics", headers={"Authorization": f"Bearer {key}"})
            assert answer.status_code == status
        assert_problem(await api.http.get("/metrics"), 401, "unauthenticated")
