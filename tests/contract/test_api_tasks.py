"""Submitting, looking at and cancelling tasks over HTTP: names, codes and shapes of the contract."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta

from system.tasks.context import Report
from system.tasks.outcome import RetryIn, Settlement, Succeed
from tests.fixtures.api import Api, run_api
from tests.fixtures.problems import assert_problem
from tests.fixtures.tasks import new_row

FIELDS = ["id", "type", "queue", "status", "priority", "payload", "attempts", "max_attempts", "result", "error"]
FIELDS += ["created_at", "run_at", "started_at", "finished_at", "worker", "dispatch", "reason", "requeues", "progress"]
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
NOBODY = "01900000-0000-7000-8000-000000000000"


async def test_submit_answers_202_with_the_task_and_its_place(api: Api) -> None:
    """Everything that was not said has its default, and Location leads to the task."""
    answer = await api.http.post("/tasks", json={"type": "api-test"})
    task = answer.json()
    assert answer.status_code == 202
    assert list(task) == FIELDS
    assert TIME.fullmatch(task.pop("created_at"))
    assert TIME.fullmatch(task.pop("run_at"))
    assert answer.headers["location"] == f"/tasks/{task.pop('id')}"
    assert task == {
        "type": "api-test",
        "queue": "default",
        "status": "queued",
        "priority": 5,
        "payload": {},
        "attempts": 0,
        "max_attempts": 5,
        "result": None,
        "error": None,
        "started_at": None,
        "finished_at": None,
        "worker": None,
        "dispatch": "queued",
        "reason": None,
        "requeues": 0,
        "progress": None,
    }


async def test_what_is_submitted_is_shown(api: Api) -> None:
    """A task reads as it was written, whatever text is in it: nothing is escaped, cut or run."""
    text = "'; DROP TABLE tasks; -- <script>alert(1)</script> \"\\ redis.call('FLUSHALL') é 😀"
    fields = {"payload": {"text": text}, "queue": "<b>'; --</b>", "priority": 9, "max_attempts": 7}
    submitted = await api.submit(**fields)
    shown = (await api.http.get(f"/tasks/{submitted['id']}")).json()
    assert shown == submitted
    assert {name: shown[name] for name in fields} == fields


async def test_delay_and_run_at(api: Api) -> None:
    """A delay counts from acceptance; a moment is taken with its time zone; a past one means now."""
    delayed = await api.submit(delay=90)
    assert delayed["status"] == "scheduled"
    assert moment(delayed["run_at"]) - moment(delayed["created_at"]) == timedelta(seconds=90)
    later = await api.submit(run_at="2090-01-31T14:00:00.5+02:00")
    assert later["run_at"] == "2090-01-31T12:00:00.500Z"
    past = await api.submit(run_at="2001-01-01T00:00:00Z")
    assert (past["status"], past["run_at"]) == ("queued", past["created_at"])


async def test_a_finished_task(api: Api) -> None:
    """Result, worker, attempts and times are there once the end is recorded; attempts tell the way."""
    submitted = await api.submit()
    claim = await api.claim()
    running = (await api.http.get(f"/tasks/{submitted['id']}")).json()
    assert (running["status"], running["worker"], running["attempts"]) == ("running", "worker-1", 1)
    await api.settle(claim, Succeed('{"lines":3,"big":123456789012345678901234567890}'))
    done = (await api.http.get(f"/tasks/{submitted['id']}")).json()
    assert done["status"] == "succeeded"
    assert done["result"] == {"lines": 3, "big": 123456789012345678901234567890}
    assert all(TIME.fullmatch(done[name]) for name in ("started_at", "finished_at"))
    (attempt,) = (await api.http.get(f"/tasks/{submitted['id']}/attempts")).json()
    assert list(attempt) == ["attempt", "worker", "claimed_at", "started_at", "finished_at", "outcome", "error"]
    assert (attempt["attempt"], attempt["worker"], attempt["outcome"]) == (1, "worker-1", "succeeded")


async def test_attempts_are_listed_oldest_first(api: Api) -> None:
    """Each attempt has its own error."""
    submitted = await api.submit()
    claim = await api.claim()
    await api.settle(claim, RetryIn(0, claim.task, "first try"))
    await api.settle(await api.claim(), Succeed("1"))
    attempts = (await api.http.get(f"/tasks/{submitted['id']}/attempts")).json()
    assert [(one["attempt"], one["outcome"], one["error"]) for one in attempts] == [
        (1, "failed", "first try"),
        (2, "succeeded", None),
    ]


async def test_tasks_that_do_not_exist(api: Api) -> None:
    """An unknown id is a 404, and so is what can't be an id."""
    for id in (NOBODY, "not-a-uuid", "%ff", "%00", "x" * 2_000, NOBODY.replace("-", "")):
        assert_problem(await api.http.get(f"/tasks/{id}"), 404, "not-found")
        assert_problem(await api.http.get(f"/tasks/{id}/attempts"), 404, "not-found")
        assert_problem(await api.http.post(f"/tasks/{id}/cancel"), 404, "not-found")


async def test_an_id_may_be_written_in_capitals(api: Api) -> None:
    """UUIDs are the same in upper and lower case."""
    submitted = await api.submit()
    assert (await api.http.get(f"/tasks/{submitted['id'].upper()}")).json() == submitted


async def test_listing_by_pages(api: Api) -> None:
    """Newest first; following next_cursor shows each task once and ends with null."""
    ids = [(await api.submit())["id"] for _ in range(5)]
    seen: list[str] = []
    query: dict[str, str] = {"limit": "2"}
    while True:
        page = (await api.http.get("/tasks", params=query)).json()
        seen += [task["id"] for task in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == ids[::-1]


async def test_listing_by_status_type_and_queue(api: Api) -> None:
    """Filters narrow together."""
    done = await api.succeed()
    waiting = (await api.submit(queue="other"))["id"]
    assert await ids_of(api, status="succeeded") == [done]
    assert await ids_of(api, status="queued") == [waiting]
    assert await ids_of(api, queue="other") == [waiting]
    assert await ids_of(api, type="api-test", status="succeeded", queue="other") == []
    assert await ids_of(api, type="unheard-of") == []


async def test_cancel_a_waiting_task(api: Api) -> None:
    """It is cancelled at once and never handed out; a second time it is over already."""
    submitted = await api.submit()
    answer = await api.http.post(f"/tasks/{submitted['id']}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert (await api.queue.claim("worker-1", ["default"], 1)).claims == []
    assert_problem(await api.http.post(f"/tasks/{submitted['id']}/cancel"), 409, "already-over")


async def test_cancel_a_running_task(api: Api) -> None:
    """Its worker's finish is refused from then on, and the record keeps "cancelled"."""
    submitted = await api.submit()
    claim = await api.claim()
    assert (await api.http.post(f"/tasks/{submitted['id']}/cancel")).json()["status"] == "cancelled"
    await api.settle(claim, Succeed("1"))
    assert (await api.http.get(f"/tasks/{submitted['id']}")).json()["status"] == "cancelled"


async def test_cancel_a_finished_task(api: Api) -> None:
    """What ended is not cancelled."""
    assert_problem(await api.http.post(f"/tasks/{await api.succeed()}/cancel"), 409, "already-over")


async def test_cancel_a_task_whose_end_is_not_recorded_yet(api: Api) -> None:
    """The queue knows it no more, the record calls it running: the recorder has the last word, so it is waited for."""
    submitted = await api.submit()
    claim = await api.claim()
    await api.queue.finish([Settlement(claim, Succeed("1"), started_ms_ago=2, ended_ms_ago=1)])
    cancelling = asyncio.create_task(api.http.post(f"/tasks/{submitted['id']}/cancel"))
    await asyncio.sleep(0.02)
    assert not cancelling.done()
    await api.record()
    assert_problem(await cancelling, 409, "already-over")


async def test_cancel_a_task_that_sql_alone_knows(api: Api) -> None:
    """A deferred task, or one the queue lost, is cancelled in the record, from where nobody will put it again."""
    row = new_row(type="api-test")
    await api.store.insert([row])
    answer = await api.http.post(f"/tasks/{row.id}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")


async def test_a_batch(api: Api) -> None:
    """The ids come back in the order of the tasks; an empty batch is no error."""
    answer = await api.http.post(
        "/tasks/batch", json={"tasks": [{"type": "api-test", "priority": n} for n in range(3)]}
    )
    assert answer.status_code == 202
    assert list(answer.json()) == ["ids"]
    shown = [(await api.http.get(f"/tasks/{id}")).json()["priority"] for id in answer.json()["ids"]]
    assert shown == [0, 1, 2]
    assert (await api.http.post("/tasks/batch", json={"tasks": []})).json() == {"ids": []}


async def test_a_batch_is_refused_whole(api: Api) -> None:
    """The errors name the index, and nothing was accepted."""
    good = {"type": "api-test"}
    answer = await api.http.post("/tasks/batch", json={"tasks": [good, {"type": "nobody-knows"}, good]})
    assert [one["pointer"] for one in assert_problem(answer, 422, "invalid-batch")["errors"]] == ["/tasks/1/type"]
    answer = await api.http.post("/tasks/batch", json={"tasks": [good, good, {**good, "priority": "5"}]})
    assert [one["pointer"] for one in assert_problem(answer, 422, "invalid-request")["errors"]] == ["/tasks/2/priority"]
    assert_problem(await api.http.post("/tasks/batch", json={"tasks": [good] * 1_001}), 422, "invalid-request")
    assert await ids_of(api) == []


async def test_an_idempotency_key(api: Api) -> None:
    """Same key and body: the first answer again, marked; other body: 422; unusable keys: 422."""
    headers = {"Idempotency-Key": "order-17"}
    body = {"type": "api-test", "payload": {"text": "a"}}
    first = await api.http.post("/tasks", json=body, headers=headers)
    again = await api.http.post("/tasks", json=body, headers=headers)
    assert "idempotent-replay" not in first.headers
    assert (again.status_code, again.headers["idempotent-replay"]) == (202, "true")
    assert again.headers["location"] == first.headers["location"]
    assert again.json() == first.json()
    other = await api.http.post("/tasks", json={**body, "priority": 1}, headers=headers)
    assert_problem(other, 422, "idempotency-key-reused")
    assert len(await ids_of(api)) == 1
    for key in ("", "x" * 256, "caf\xe9", "a\x01"):
        refused = await api.http.post("/tasks", json=body, headers={"Idempotency-Key": key.encode("latin-1")})
        assert_problem(refused, 422, "invalid-request")
    assert (await api.http.post("/tasks", json=body, headers={"Idempotency-Key": "x" * 255})).status_code == 202


async def test_accept_redis_waits_for_the_record() -> None:
    """A task that only the queue has seen is shown once the recorder brings it into SQL; meanwhile the asker waits."""
    async with run_api(accept="redis") as api:
        submitted = await api.submit()
        assert await api.store.get(submitted["id"]) is None
        await api.record()
        assert (await api.http.get(f"/tasks/{submitted['id']}")).json() == submitted


async def ids_of(api: Api, **query: str) -> list[str]:
    """List the ids that fit a query."""
    answer = await api.http.get("/tasks", params=query)
    assert answer.status_code == 200, answer.text
    return [task["id"] for task in answer.json()["items"]]


def moment(text: str) -> datetime:
    """Read a time as the API writes it."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


async def test_why_a_task_does_not_run(api: Api) -> None:
    """One sentence a reason; how it ended once it is over; nothing about a stranger's."""
    await api.submit()
    second = (await api.submit())["id"]
    answer = await api.http.get(f"/tasks/{second}/explain")
    assert answer.status_code == 200
    because = ["no live worker serves queue default", "it is behind 1 task"]
    assert answer.json() == {"status": "queued", "because": because}
    dead = await api.kill(queue="other")
    assert (await api.http.get(f"/tasks/{dead}/explain")).json()["because"][0].endswith("of max_attempts: it broke")
    assert_problem(await api.http.get(f"/tasks/{NOBODY}/explain"), 404, "not-found")


async def test_how_far_a_task_is(api: Api) -> None:
    """The handler's last word stands in the task."""
    task_id = (await api.submit())["id"]
    claim = await api.claim()
    await api.queue.report([Report("default", task_id, claim.token, claim.delivery, 0.5, "<b>half</b>")])
    await api.record()
    progress = (await api.http.get(f"/tasks/{task_id}")).json()["progress"]
    assert TIME.fullmatch(progress.pop("at"))
    assert progress == {"done": 0.5, "text": "<b>half</b>", "attempt": 1}
