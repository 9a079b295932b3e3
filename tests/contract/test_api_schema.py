"""The API keeps to its own OpenAPI document, whatever schemathesis makes of that: no 500, every answer as described."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from system.storage.scale_book import ALL, ScaleBook, ScaleRow
from tests.fixtures.api import KEYS, Api, run_api
from tests.fixtures.problems import assert_problem
from tests.fixtures.serving import serve

KEY = "Bearer root-key"
NOBODY = "01900000-0000-7000-8000-000000000000"
SECONDS = 100.0  # a quarter of it on two idle cores
METHODS = {"get", "put", "post", "delete", "patch", "options", "trace"}


async def test_schemathesis(tmp_path: Path) -> None:
    """Right and wrong input of every kind that the document allows or forbids, by itself and in sequences."""
    async with run_api(keys=KEYS, max_backlog=100_000, max_body_bytes=1_048_576) as api, serve(api) as port:
        api.http.headers["Authorization"] = KEY
        await lead_to_real_things(api)
        process = await asyncio.create_subprocess_exec(
            Path(sys.executable).with_name("schemathesis"),
            *("run", f"http://127.0.0.1:{port}/openapi.json", "--header", f"Authorization: {KEY}"),
            *("--checks", "all", "--exclude-checks", "positive_data_acceptance"),
            *("--max-examples", "5", "--seed", "1", "--continue-on-failure"),
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(SECONDS):
                printed, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode == 0, printed.decode()[-20_000:]
        assert sum((await api.store.counts()).values()) > 100, "next to nothing was accepted: the test tries too little"


async def lead_to_real_things(api: Api) -> None:
    """Write into the served document what exists here, or most that is sent would come to "there is no such thing"."""
    dead = [await api.kill(queue=name) for name in ("default", "other")]
    await ScaleBook(api.database).save(ScaleRow(ALL, 1, 2, "because", "{}", int(time.time() * 1000)))
    ids = [*dead, await api.succeed(), (await api.submit())["id"], (await api.submit(delay=60))["id"]]
    document = api.app.openapi()
    for operations in document["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path":
                    known = ids if parameter["name"] == "id" else ["default", "other"]
                    parameter["schema"] = {"type": "string", "enum": known}
    fields = document["components"]["schemas"]["TaskIn"]["properties"]
    fields["type"] = {"enum": ["api-test"]}
    fields["payload"] = {"type": "object", "properties": {"text": {}}, "additionalProperties": False}


async def test_methods_that_are_not_there(api: Api) -> None:
    """405 to every one that the document does not name, with those that it does."""
    document: dict[str, Any] = (await api.http.get("/openapi.json")).json()
    for path, operations in document["paths"].items():
        for method in METHODS - set(operations):
            answer = await api.http.request(method, path.format(id=NOBODY, name="x"))
            assert_problem(answer, 405, "method-not-allowed")
            assert answer.headers["allow"].lower().split(", ") == sorted(operations)


@pytest.mark.parametrize("keys", ["", KEYS])
async def test_every_route_is_guarded(keys: str) -> None:
    """A route that is added without asking for a key, or without its problems in the document, is found here."""
    async with run_api(keys=keys) as api:
        document = (await api.http.get("/openapi.json")).json()
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                is_open = path.startswith("/health")
                assert ("security" in operation) != is_open
                assert set(operation["responses"]) >= (
                    {"403", "500"} if is_open else {"401", "403", "429", "500", "503"}
                )
                if keys and not is_open:
                    answer = await api.http.request(method, path.format(id=NOBODY, name="x"))
                    assert_problem(answer, 401, "unauthenticated")
