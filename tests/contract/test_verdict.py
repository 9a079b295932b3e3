"""The verdict over queue and record together."""

from __future__ import annotations

import asyncio

from system.operations.verdict import judge
from system.tasks.outcome import Settlement, Succeed
from tests.fixtures.api import Api
from tests.fixtures.tasks import new_row


async def test_a_drained_system(api: Api) -> None:
    """Every end counts as one, a dead letter too; nothing is open."""
    await api.succeed()
    await api.kill()
    await api.http.post(f"/tasks/{(await api.submit())['id']}/cancel")
    judgement = await judge(api.store, api.queue)
    assert judgement.good
    assert judgement.drained
    assert (judgement.record.accepted, judgement.record.succeeded, judgement.record.dead) == (3, 1, 1)


async def test_open_tasks_are_in_the_queue(api: Api) -> None:
    """Waiting, scheduled and running tasks are not over, and not missing either."""
    await api.submit()
    await api.claim()
    await api.submit()
    await api.submit(delay=60, queue="other")
    judgement = await judge(api.store, api.queue)
    assert judgement.good
    assert not judgement.drained
    assert judgement.record.open == 3


async def test_a_task_in_sql_alone_is_missing(api: Api) -> None:
    """Accepted, not over, and no worker will ever see it unless somebody puts it again."""
    await api.submit()
    lost = new_row(type="api-test")
    await api.store.insert([lost])
    await api.record()
    judgement = await judge(api.store, api.queue)
    assert judgement.missing == (lost.id,)
    assert not judgement.good


async def test_an_end_on_its_way_into_the_record_is_no_loss(api: Api) -> None:
    """The queue has let go of the task and the recorder is a moment behind: it is waited for."""
    await api.submit()
    claim = await api.claim()
    await api.queue.finish([Settlement(claim, Succeed("1"), started_ms_ago=2, ended_ms_ago=1)])
    judging = asyncio.create_task(judge(api.store, api.queue))
    await asyncio.sleep(0.02)
    assert not judging.done()
    await api.record()
    judgement = await judging
    assert judgement.good
    assert judgement.drained
