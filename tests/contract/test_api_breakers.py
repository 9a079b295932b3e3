"""Circuit breakers over HTTP, from Python, and what each kind of caller may do with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest

from system.client import Client
from system.operations import breakers as operations
from system.queues.breakers import NoBreakers, Said
from system.queues.memory import MemoryQueue
from system.tasks.breaker import Breaker
from system.tasks.handlers import HANDLERS, task
from tests.fixtures.api import KEYS, Api, run_api
from tests.fixtures.problems import assert_problem

SHOP = Breaker("shop/eu", minimum=2, pause=60)


@pytest.fixture(autouse=True)
def declared() -> Iterator[None]:
    """Register a handler with a breaker that no worker has heard of."""

    @task("needs-mail", breaker="mail")
    def needs_mail() -> None:
        """Need mail."""

    yield
    del HANDLERS["needs-mail"]


async def find(api: Api) -> dict[str, dict[str, Any]]:
    """Return the breakers by name."""
    answer = await api.http.get("/breakers")
    assert answer.status_code == 200, answer.text
    return {one.pop("name"): one for one in answer.json()}


async def test_they_are_listed(api: Api) -> None:
    """Those that were heard of with what opened them, those that are declared as closed."""
    await api.queue.breakers.tell([Said(SHOP, 3, 2)])
    found = await find(api)
    assert list(found) == sorted(found)
    assert found["mail"] == {"state": "closed", "forced": False, "failures": 0, "opened_at": None, "retry_at": None}
    assert (found["shop/eu"]["state"], found["shop/eu"]["failures"]) == ("open", 2)
    assert found["shop/eu"]["opened_at"] < found["shop/eu"]["retry_at"]


async def test_they_are_held_by_hand(api: Api) -> None:
    """Open, closed, let go; a name nobody ever used is a 404."""
    await api.queue.breakers.tell([Said(SHOP, 3, 2)])
    for how, state, forced in (("close", "closed", True), ("open", "open", True), ("auto", "closed", False)):
        answer = await api.http.post(f"/breakers/shop%2Feu/{how}")
        assert (answer.status_code, answer.json()["state"], answer.json()["forced"]) == (200, state, forced)
        assert (await find(api))["shop/eu"]["forced"] is forced
        assert_problem(await api.http.post(f"/breakers/unheard/{how}"), 404, "not-found")
    assert (await api.http.post("/breakers/mail/open")).status_code == 200


async def test_who_may() -> None:
    """A reading key looks, an admin key acts."""
    async with run_api(keys=KEYS) as api:
        for name, looks, acts in (("ann", 403, 403), ("eve", 200, 403), ("root", 200, 200)):
            headers = {"Authorization": f"Bearer {name}-key"}
            assert (await api.http.get("/breakers", headers=headers)).status_code == looks
            assert (await api.http.post("/breakers/mail/open", headers=headers)).status_code == acts


async def test_a_queue_that_can_not_make_tasks_wait() -> None:
    """It has none, and says so."""
    queue = MemoryQueue()
    queue.breakers = NoBreakers()
    async with run_api(queue=queue) as api:
        assert_problem(await api.http.post("/breakers/mail/open"), 501, "unsupported-by-queue")


async def test_from_python(api: Api) -> None:
    """The client says the same."""
    client = Client(cast("Any", None))
    client._queue = api.queue  # noqa: SLF001 - an open client, without what this test has no use for
    await client.hold_breaker("mail", "open")
    assert await client.breakers() == await operations.find(api.queue.breakers)
    assert (await find(api))["mail"]["state"] == "open"
    await client.hold_breaker("mail", "auto")
    assert (await find(api))["mail"]["state"] == "closed"
