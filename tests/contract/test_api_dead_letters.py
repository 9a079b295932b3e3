"""Dead letters over HTTP: looked at, brought back under the same id, thrown away."""

from __future__ import annotations

from system.tasks.outcome import Bury, Reason
from tests.fixtures.api import Api
from tests.fixtures.problems import assert_problem

NOBODY = "01900000-0000-7000-8000-000000000000"


async def test_listing(api: Api) -> None:
    """As tasks are listed: newest first, by pages, filtered; nothing but dead letters."""
    dead = [await api.kill(), await api.kill(queue="other"), await api.kill()]
    await api.submit()
    page = (await api.http.get("/dead-letters?limit=2")).json()
    assert [task["id"] for task in page["items"]] == [dead[2], dead[1]]
    assert {task["status"] for task in page["items"]} == {"dead"}
    last = (await api.http.get("/dead-letters", params={"limit": 2, "cursor": page["next_cursor"]})).json()
    assert ([task["id"] for task in last["items"]], last["next_cursor"]) == ([dead[0]], None)
    other = (await api.http.get("/dead-letters?queue=other&type=api-test")).json()
    assert [task["id"] for task in other["items"]] == [dead[1]]


async def test_requeue_keeps_the_id_and_the_history(api: Api) -> None:
    """It waits again with all its attempts before it, and those behind it still on record."""
    dead = await api.kill("it broke", max_attempts=2)
    answer = await api.http.post(f"/dead-letters/{dead}/requeue")
    assert answer.status_code == 200
    assert (answer.json()["id"], answer.json()["status"], answer.json()["attempts"]) == (dead, "queued", 0)
    claim = await api.claim()
    assert (claim.task.id, claim.task.failures, claim.delivery) == (dead, 0, 1)
    attempts = (await api.http.get(f"/tasks/{dead}/attempts")).json()
    assert [one["error"] for one in attempts] == ["it broke", None]


async def test_requeue_needs_a_dead_letter(api: Api) -> None:
    """A second time it is no dead letter any more; it waits once."""
    dead = await api.kill()
    await api.http.post(f"/dead-letters/{dead}/requeue")
    assert_problem(await api.http.post(f"/dead-letters/{dead}/requeue"), 409, "not-dead")
    assert len((await api.queue.claim("worker-1", ["default"], 10)).claims) == 1
    assert_problem(await api.http.post(f"/dead-letters/{await api.succeed()}/requeue"), 409, "not-dead")
    for id in (NOBODY, "not-a-uuid", "%ff"):
        assert_problem(await api.http.post(f"/dead-letters/{id}/requeue"), 404, "not-found")


async def test_requeue_by_filter(api: Api) -> None:
    """Those of a type or a queue; without a filter, or without a body, all."""
    for queue in ("a", "a", "b", "c"):
        await api.kill(queue=queue)
    assert await requeue(api, {"queue": "a"}) == 2
    assert await requeue(api, {"type": "unheard"}) == 0
    assert await requeue(api, {"type": "api-test", "queue": "b"}) == 1
    assert await requeue(api, {}) == 1
    await api.kill(queue="d")
    assert (await api.http.post("/dead-letters/requeue")).json() == {"requeued": 1}
    assert len((await api.queue.claim("worker-1", ["a", "b", "c", "d"], 10)).claims) == 5


async def test_requeue_by_a_filter_that_is_none(api: Api) -> None:
    """A misspelt filter must not requeue everything."""
    await api.kill()
    for body in ({"kind": "api-test"}, {"type": ""}, {"queue": 5}, []):
        assert_problem(await api.http.post("/dead-letters/requeue", json=body), 422, "invalid-request")
    assert len((await api.http.get("/dead-letters")).json()["items"]) == 1


async def test_what_it_died_of(api: Api) -> None:
    """A dead letter says so; requeued, it says how often it came back, and of what it died the next time."""
    dead = await api.kill(reason=Reason.TIMEOUT)
    (letter,) = (await api.http.get("/dead-letters?reason=timeout")).json()["items"]
    assert (letter["id"], letter["reason"], letter["requeues"]) == (dead, "timeout", 0)
    again = (await api.http.post(f"/dead-letters/{dead}/requeue")).json()
    assert (again["reason"], again["requeues"]) == (None, 1)
    await api.settle(await api.claim(), Bury("no such user", Reason.NON_RETRYABLE))
    letter = (await api.http.get(f"/tasks/{dead}")).json()
    assert (letter["reason"], letter["requeues"]) == ("non_retryable", 1)
    attempts = (await api.http.get(f"/tasks/{dead}/attempts")).json()
    assert [one["error"] for one in attempts] == ["it broke", "no such user"]


async def test_by_cause_and_by_time(api: Api) -> None:
    """Listed, requeued and purged by the same filter; asking twice does no harm."""
    ids = [await api.kill(reason=reason) for reason in (Reason.POISON, Reason.TIMEOUT, Reason.TIMEOUT)]
    died = [(await api.http.get(f"/tasks/{id}")).json()["finished_at"] for id in ids]
    found = (await api.http.get("/dead-letters", params={"died_after": died[0], "reason": "poison"})).json()["items"]
    assert [task["id"] for task in found] == [ids[0]]
    assert (await api.http.get("/dead-letters", params={"died_before": died[0]})).json()["items"] == []
    assert [await requeue(api, {"reason": "timeout", "died_after": died[0]}) for _ in range(2)] == [2, 0]
    assert await requeue(api, {"died_before": died[0]}) == 0
    assert [await purge(api, {"reason": reason}) for reason in ("timeout", "poison", "poison")] == [0, 1, 0]
    assert_problem(await api.http.get(f"/tasks/{ids[0]}"), 404, "not-found")


async def test_purge_by_mistake(api: Api) -> None:
    """What may be a slip of the pen purges nothing; `{}` means everything."""
    await api.kill()
    for body in ({"kind": "x"}, {"reason": "bad luck"}, {"died_after": "yesterday"}, {"died_before": 5}, []):
        assert_problem(await api.http.post("/dead-letters/purge", json=body), 422, "invalid-request")
        assert_problem(await api.http.post("/dead-letters/requeue", json=body), 422, "invalid-request")
    assert (await api.http.post("/dead-letters/purge")).status_code in {415, 422}
    assert (await api.http.get("/dead-letters?reason=bad")).status_code == 422
    assert await purge(api, {}) == 1


async def test_delete(api: Api) -> None:
    """Gone for good; only dead letters can be deleted."""
    dead = await api.kill()
    answer = await api.http.delete(f"/dead-letters/{dead}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert_problem(await api.http.get(f"/tasks/{dead}"), 404, "not-found")
    assert_problem(await api.http.delete(f"/dead-letters/{dead}"), 404, "not-found")
    assert_problem(await api.http.delete(f"/dead-letters/{(await api.submit())['id']}"), 409, "not-dead")


async def requeue(api: Api, body: dict[str, str]) -> int:
    """Requeue by filter and return how many."""
    answer = await api.http.post("/dead-letters/requeue", json=body)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["requeued"])


async def purge(api: Api, body: dict[str, str]) -> int:
    """Purge by filter and return how many."""
    answer = await api.http.post("/dead-letters/purge", json=body)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["purged"])
