"""An API without keys, and a web page of somewhere else in a browser on the same machine: it gets nowhere."""

from __future__ import annotations

import httpx
import pytest

from tests.fixtures.api import KEYS, Api, run_api
from tests.fixtures.problems import assert_problem

LOCAL = [
    "localhost",
    "localhost:8000",
    "LocalHost:8000",
    "127.0.0.1",
    "127.0.0.1:8000",
    "127.8.8.8:1",
    "[::1]",
    "[::1]:8000",
]
FOREIGN = [
    "evil.example",
    "evil.example:8000",
    "localhost.evil.example",
    "127.0.0.1.evil.example:8000",
    "localhost@evil.example",
    "evil.example@localhost",
    "evil.example/localhost",
    "localhost:evil",
    "localhost:8000:8000",
    "192.168.1.7:8000",
    "0.0.0.0:8000",
    "[::]:8000",
    "[::ffff:192.168.1.7]:8000",
    "2130706433",
    "tasklab",
    "",
]
CHANGES = [
    ("POST", "/queues/default/pause"),
    ("POST", "/tasks/queue/cleanup"),
    ("POST", "/dead-letters/requeue"),
    ("POST", "/tasks/01900000-0000-7000-8000-000000000000/cancel"),
    ("DELETE", "/dead-letters/01900000-0000-7000-8000-000000000000"),
]


@pytest.mark.parametrize("host", LOCAL)
async def test_names_of_this_machine(api: Api, host: str) -> None:
    """Any port will do: it may have been mapped. A page of the API's own may send requests."""
    assert (await api.http.get("/tasks", headers={"Host": host})).status_code == 200
    for scheme in ("http", "https"):
        own = {"Host": host, "Origin": f"{scheme}://{host}"}
        assert (await api.http.post("/queues/default/pause", headers=own)).status_code == 200


@pytest.mark.parametrize("host", FOREIGN)
async def test_names_of_others(api: Api, host: str) -> None:
    """Who makes a name of their own lead here can read nothing (DNS rebinding), not even the documentation."""
    for path in ("/tasks", "/workers", "/health", "/docs", "/openapi.json"):
        assert_problem(await api.http.get(path, headers={"Host": host}), 403, "foreign-request")


@pytest.mark.parametrize(("method", "path"), CHANGES)
async def test_pages_of_others(api: Api, method: str, path: str) -> None:
    """A page from elsewhere, or from nowhere, changes nothing; another port is elsewhere, too."""
    for origin in (
        "https://evil.example",
        "null",
        "",
        "file://",
        "http://localhost:9999",
        "http://127.0.0.1",
        "localhost",
    ):
        answer = await api.http.request(method, path, headers={"Origin": origin})
        assert_problem(answer, 403, "foreign-request")
    assert not (await api.http.get("/tasks/queue/stats")).json()["paused"]
    assert (await api.http.request(method, path)).status_code in {200, 404}


async def test_several_hosts(api: Api) -> None:
    """Two Host headers are one too many, and so is none."""
    for hosts in ([], [("Host", "localhost"), ("Host", "evil.example")]):
        request = httpx.Request("GET", "http://localhost/tasks")
        request.headers = httpx.Headers(hosts)
        assert_problem(await api.http.send(request), 403, "foreign-request")


async def test_no_page_of_others_may_read(api: Api) -> None:
    """No answer carries a permission for other origins (CORS), and asking for one gets none."""
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for keys in ("", KEYS):
        async with run_api(keys=keys) as other:
            for method in ("OPTIONS", "GET", "POST"):
                answer = await other.http.request(method, "/tasks", headers=asked)
                assert answer.status_code in {401, 403}
                assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert (await api.http.options("/tasks")).status_code == 405


async def test_with_keys_names_do_not_matter() -> None:
    """Behind a proxy the API has other names; what a page lacks is the key, and no browser adds that by itself."""
    async with run_api(keys=KEYS) as api:
        headers = {"Host": "tasks.example", "Origin": "https://other.example", "Authorization": "Bearer root-key"}
        assert (await api.http.post("/queues/default/pause", headers=headers)).status_code == 200
        del headers["Authorization"]
        assert_problem(await api.http.post("/queues/default/pause", headers=headers), 401, "unauthenticated")
