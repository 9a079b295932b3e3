"""How often a caller may ask: a bucket of tokens for each key; above it 429, with the time to come back."""

from __future__ import annotations

import pytest

from tests.fixtures.api import KEYS, Api, run_api
from tests.fixtures.problems import assert_problem

TASK = {"type": "api-test"}
OPEN = ("/health", "/health/live", "/health/ready", "/docs", "/openapi.json", "/static-offline-docs/favicon.png")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Give the clock of the buckets, to be set."""
    now = [1_000.0]
    monkeypatch.setattr("token_bucket.storage.time.monotonic", lambda: now[0])
    return now


async def test_above_the_rate(clock: list[float]) -> None:
    """A second's worth at once, then one as each token comes; what is refused is not stored, and its body not read."""
    async with run_api(rate_limit=4) as api:
        for _ in range(4):
            assert (await api.http.post("/tasks", json=TASK)).status_code == 202
        refused = await api.http.post("/tasks", content=b"{")
        assert_problem(refused, 429, "rate-limited")
        assert refused.headers["retry-after"] == "1"
        clock[0] += 0.5
        statuses = [(await api.http.post("/tasks", json=TASK)).status_code for _ in range(3)]
        assert statuses == [202, 202, 429]
        assert sum((await api.store.counts()).values()) == 6
        clock[0] += 3_600
        assert [(await api.http.get("/tasks")).status_code for _ in range(5)] == [200, 200, 200, 200, 429]


async def test_less_than_one_a_second(clock: list[float]) -> None:
    """Retry-After is when the next token comes: waiting so long is enough, and no shorter wait is."""
    async with run_api(rate_limit=0.25) as api:
        assert (await api.http.get("/workers")).status_code == 200
        clock[0] += 1
        refused = await api.http.get("/workers")
        assert refused.headers["retry-after"] == "3"
        clock[0] += 3
        assert (await api.http.get("/workers")).status_code == 200


async def test_each_key_has_its_own_bucket(clock: list[float]) -> None:
    """A caller at its limit takes nothing from the others; a wrong key takes from nobody, and stays a 401."""
    async with run_api(keys=KEYS, rate_limit=2) as api:
        assert [await ask(api, "ann") for _ in range(3)] == [200, 200, 429]
        assert [await ask(api, "bob") for _ in range(3)] == [200, 200, 429]
        assert [await ask(api, "nobody") for _ in range(3)] == [401, 401, 401]
        clock[0] += 0.5
        assert [await ask(api, "ann") for _ in range(2)] == [200, 429]


@pytest.mark.parametrize("keys", ["", KEYS])
async def test_health_and_documentation_are_exempt(clock: list[float], keys: str) -> None:
    """Load balancers and readers are not turned away, and use nothing up."""
    async with run_api(keys=keys, rate_limit=1) as api:
        for path in OPEN * 2:
            assert (await api.http.get(path, headers={"Authorization": "Bearer ann-key"})).status_code == 200
        assert [await ask(api, "ann") for _ in range(2)] == [200, 429]
        assert clock


async def test_the_default_is_no_limit(api: Api) -> None:
    """Nobody is slowed down who did not ask for it."""
    assert {(await api.http.get("/workers")).status_code for _ in range(300)} == {200}


async def ask(api: Api, name: str) -> int:
    """Ask something with somebody's key."""
    return (await api.http.get("/tasks", headers={"Authorization": f"Bearer {name}-key"})).status_code
