"""Keys and scopes: who may do what, and what others get to see of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from system.api.auth import Caller, Keys, Scope, refuse_bind
from tests.fixtures.api import KEYS, Api, run_api
from tests.fixtures.problems import assert_problem

NOBODY = "01900000-0000-7000-8000-000000000000"
TASK = {"type": "api-test"}


@pytest.fixture
async def locked() -> AsyncIterator[Api]:
    """Run an API with keys; its client sends none by itself."""
    async with run_api(keys=KEYS) as running:
        yield running


async def ask(api: Api, name: str | None, method: str, path: str, **body: object) -> httpx.Response:
    """Send a request with somebody's key."""
    headers = {"Authorization": f"Bearer {name}-key"} if name else {}
    return await api.http.request(method, path, headers=headers, json=body or None)


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic ann-key", "ann-key", "Bearer ann-key x"]
)
async def test_without_a_valid_key(locked: Api, authorization: str | None) -> None:
    """401 for everything, and the body is not even looked at."""
    headers = {"Authorization": authorization} if authorization is not None else {}
    for method, path in [("POST", "/tasks"), ("GET", "/tasks"), ("GET", "/workers"), ("GET", "/nothing/here")]:
        answer = await locked.http.request(method, path, headers=headers, content=b"{")
        assert_problem(answer, 401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_what_is_open_to_all(locked: Api) -> None:
    """Load balancers and readers of the documentation have no key."""
    for path in ("/health/live", "/health/ready", "/health", "/docs", "/openapi.json"):
        assert (await locked.http.get(path)).status_code == 200


ADMIN_ONLY = [
    ("POST", "/tasks/queue/cleanup"),
    ("POST", "/queues/default/pause"),
    ("POST", "/queues/default/resume"),
    ("GET", "/dead-letters"),
    ("POST", "/dead-letters/requeue"),
    ("POST", f"/dead-letters/{NOBODY}/requeue"),
    ("DELETE", f"/dead-letters/{NOBODY}"),
]


@pytest.mark.parametrize(("method", "path"), ADMIN_ONLY)
async def test_administration(locked: Api, method: str, path: str) -> None:
    """Cleaning up, pausing and dead letters need an admin key."""
    for name in ("ann", "eve"):
        assert_problem(await ask(locked, name, method, path), 403, "missing-scope")
    assert (await ask(locked, "root", method, path)).status_code in {200, 404}


async def test_a_reading_key_reads(locked: Api) -> None:
    """It sees everybody's tasks and changes none."""
    submitted = (await ask(locked, "ann", "POST", "/tasks", **TASK)).json()
    for path in ("/tasks", f"/tasks/{submitted['id']}", f"/tasks/{submitted['id']}/attempts", "/tasks/queue/stats"):
        assert (await ask(locked, "eve", "GET", path)).status_code == 200
    assert_problem(await ask(locked, "eve", "POST", "/tasks", **TASK), 403, "missing-scope")
    assert_problem(await ask(locked, "eve", "POST", "/tasks/batch", tasks=[TASK]), 403, "missing-scope")
    assert_problem(await ask(locked, "eve", "POST", f"/tasks/{submitted['id']}/cancel"), 403, "missing-scope")


async def test_a_submitting_key_sees_its_own(locked: Api) -> None:
    """Another key's task is not there for it, neither to see nor to cancel."""
    hers = (await ask(locked, "ann", "POST", "/tasks", **TASK)).json()["id"]
    his = (await ask(locked, "bob", "POST", "/tasks/batch", tasks=[TASK])).json()["ids"][0]
    assert [task["id"] for task in (await ask(locked, "ann", "GET", "/tasks")).json()["items"]] == [hers]
    for method, path in [("GET", ""), ("GET", "/attempts"), ("POST", "/cancel")]:
        assert_problem(await ask(locked, "ann", method, f"/tasks/{his}{path}"), 404, "not-found")
        assert (await ask(locked, "ann", method, f"/tasks/{hers}{path}")).status_code == 200
    assert_problem(await ask(locked, "ann", "GET", "/tasks/queue/stats"), 403, "missing-scope")
    assert_problem(await ask(locked, "ann", "GET", "/workers"), 403, "missing-scope")


async def test_an_admin_key_does_everything(locked: Api) -> None:
    """Also to tasks of others."""
    hers = (await ask(locked, "ann", "POST", "/tasks", **TASK)).json()["id"]
    assert (await ask(locked, "root", "GET", f"/tasks/{hers}")).status_code == 200
    assert (await ask(locked, "root", "POST", f"/tasks/{hers}/cancel")).status_code == 200
    assert (await ask(locked, "root", "POST", "/tasks", **TASK)).status_code == 202


async def test_idempotency_keys_belong_to_their_owner(locked: Api) -> None:
    """Two owners may use the same key for different things and never see each other's task."""
    answers = [
        await locked.http.post(
            "/tasks",
            json={**TASK, "priority": priority},
            headers={"Authorization": f"Bearer {name}-key", "Idempotency-Key": "first"},
        )
        for name, priority in (("ann", 1), ("bob", 2))
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json()["id"] != answers[1].json()["id"]


def test_reading_keys() -> None:
    """Names may repeat (to change a key without a pause), keys may hold colons, spaces around are ignored."""
    keys = Keys.parse(" ann:submit:a:b , ann:submit:c,,root:admin:d ")
    assert keys.find("Bearer a:b") == Caller("ann", Scope.SUBMIT)
    assert keys.find("bearer c") == Caller("ann", Scope.SUBMIT)
    assert keys.find("Bearer d") == Caller("root", Scope.ADMIN)
    assert keys.find("Bearer a") is None
    assert not Keys.parse("")
    assert not Keys.parse(" , ")


@pytest.mark.parametrize("text", ["secret", "ann:secret", "ann:write:secret", ":submit:secret", "ann:submit:"])
def test_keys_that_can_not_be_read(text: str) -> None:
    """The message says which entry is wrong without giving a key away."""
    with pytest.raises(ValueError, match="API key 2") as caught:
        Keys.parse(f"a:admin:fine,{text}")
    assert "secret" not in str(caught.value)


def test_keys_are_not_kept() -> None:
    """A look into memory or a debugger shows hashes."""
    assert "root-key" not in str(vars(Keys.parse(KEYS)))


def test_binding() -> None:
    """Without keys only this machine may reach the API."""
    for host in ("127.0.0.1", "::1", "localhost", "127.8.8.8"):
        assert refuse_bind(host, Keys()) is None
    for host in ("0.0.0.0", "::", "192.168.1.7", "example.org", ""):  # noqa: S104  (refused)
        assert "TASKLAB_API_KEYS" in (refuse_bind(host, Keys()) or "")
        assert refuse_bind(host, Keys.parse(KEYS)) is None
