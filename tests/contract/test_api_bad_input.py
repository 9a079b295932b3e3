"""Bad input: each kind has its answer, none is a 500, and nothing of it is stored."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fixtures.api import Api
from tests.fixtures.problems import assert_problem

JSON = {"Content-Type": "application/json"}


def deep(levels: int) -> str:
    """Write a task whose whole body is nested so deep."""
    return '{"type":"api-test","payload":' + '{"text":' * (levels - 2) + "{}" + "}" * (levels - 2) + "}"


def text(value: str) -> str:
    """Write a task whose payload holds one raw JSON value."""
    return f'{{"type":"api-test","payload":{{"text":{value}}}}}'


BODIES = [
    # what is no JSON, or not surely the same JSON to every reader
    (b"{", 400, "malformed-body"),
    (b"{'type': 'api-test'}", 400, "malformed-body"),
    (b'{"type":"api-test"} x', 400, "malformed-body"),
    (b'{"type":"api-test","type":"echo"}', 400, "malformed-body"),
    (text('{"a":1,"\\u0061":2}').encode(), 400, "malformed-body"),
    (b'\xef\xbb\xbf{"type":"api-test"}', 400, "malformed-body"),
    ('{"type":"api-test"}'.encode("utf-16"), 400, "malformed-body"),
    (b'{"type":"api-test\xff"}', 400, "malformed-body"),
    (b'{"type":"api-test","payload":{"text":"\xed\xa0\x80"}}', 400, "malformed-body"),
    (text('"\n"').encode(), 400, "malformed-body"),
    # JSON with values that not everybody can hold
    (text("NaN").encode(), 422, "invalid-request"),
    (text("Infinity").encode(), 422, "invalid-request"),
    (text("-Infinity").encode(), 422, "invalid-request"),
    (text("1e999").encode(), 422, "invalid-request"),
    (text("-1e999").encode(), 422, "invalid-request"),
    (text("9007199254740993").encode(), 422, "invalid-request"),
    (text("-9007199254740993").encode(), 422, "invalid-request"),
    (text("1" * 5_000).encode(), 422, "invalid-request"),
    (text('"\\ud800"').encode(), 422, "invalid-request"),
    (text('"\\udc00\\ud800"').encode(), 422, "invalid-request"),
    (text('{"\\ud800":1}').encode(), 422, "invalid-request"),
    (text('"\\u0000"').encode(), 422, "invalid-request"),
    (deep(33).encode(), 422, "invalid-request"),
    (b'{"payload":' * 5_000 + b"0" + b"}" * 5_000, 422, "invalid-request"),
    # no task
    (b"", 422, "invalid-request"),
    (b"null", 422, "invalid-request"),
    (b"[]", 422, "invalid-request"),
    (b'"task"', 422, "invalid-request"),
    (b"{}", 422, "invalid-request"),
]


@pytest.mark.parametrize(("body", "status", "name"), BODIES, ids=lambda value: repr(value)[:60])
async def test_bodies(api: Api, body: bytes, status: int, name: str) -> None:
    """A body that two readers could understand differently is refused."""
    assert_problem(await api.http.post("/tasks", content=body, headers=JSON), status, name)
    assert await stored(api) == 0


@pytest.mark.parametrize(("body", "status", "name"), BODIES[:-5], ids=lambda value: repr(value)[:60])
async def test_bodies_of_other_routes(api: Api, body: bytes, status: int, name: str) -> None:
    """Wherever a body is read it is read in the same way; a batch with one such task in it is refused whole."""
    batch = b'{"tasks":[{"type":"api-test"},' + body + b"]}"
    assert_problem(await api.http.post("/tasks/batch", content=batch, headers=JSON), status, name)
    assert_problem(await api.http.post("/dead-letters/requeue", content=body, headers=JSON), status, name)
    assert await stored(api) == 0


async def test_the_place_of_what_is_wrong(api: Api) -> None:
    """The pointer leads to the value itself, however deep it stands."""
    body = '{"tasks":[{"type":"api-test"},{"type":"api-test","payload":{"text":[0,{"a/b":NaN}]}}]}'
    problem = assert_problem(await api.http.post("/tasks/batch", content=body, headers=JSON), 422, "invalid-request")
    assert problem["errors"] == [
        {"pointer": "/tasks/1/payload/text/1/a~1b", "message": "numbers must be finite"},
    ]


@pytest.mark.parametrize("body", [deep(32), text('"\\ud83d\\ude00"'), text("9007199254740992"), text("-0.5e-9")])
async def test_bodies_just_inside_the_bounds(api: Api, body: str) -> None:
    """The bounds themselves are allowed."""
    assert (await api.http.post("/tasks", content=body, headers=JSON)).status_code == 202


FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"priority": "5"}, "/priority"),
    ({"priority": 5.0}, "/priority"),
    ({"priority": True}, "/priority"),
    ({"priority": 99}, "/priority"),
    ({"priority": -1}, "/priority"),
    ({"priority": None}, "/priority"),
    ({"unheard": 1}, "/unheard"),
    ({"a/b~c": 1}, "/a~1b~0c"),
    ({"id": "01900000-0000-7000-8000-000000000000"}, "/id"),
    ({"type": ""}, "/type"),
    ({"type": 5}, "/type"),
    ({"type": None}, "/type"),
    ({"payload": []}, "/payload"),
    ({"payload": "{}"}, "/payload"),
    ({"payload": None}, "/payload"),
    ({"queue": ""}, "/queue"),
    ({"queue": "x" * 65}, "/queue"),
    ({"queue": "a{b}"}, "/queue"),
    ({"queue": "a,b"}, "/queue"),
    ({"queue": "a\nb"}, "/queue"),
    ({"queue": 7}, "/queue"),
    ({"delay": -1}, "/delay"),
    ({"delay": "5"}, "/delay"),
    ({"delay": True}, "/delay"),
    ({"delay": 1e12}, "/delay"),
    ({"run_at": "10000-01-01T00:00:00Z"}, "/run_at"),
    ({"run_at": "2030-01-01T00:00:00"}, "/run_at"),
    ({"run_at": "2030-02-30T00:00:00Z"}, "/run_at"),
    ({"run_at": "tomorrow"}, "/run_at"),
    ({"run_at": "\u0662030-01-01T00:00:00Z"}, "/run_at"),
    ({"run_at": 1_900_000_000}, "/run_at"),
    ({"run_at": "9999-12-31T23:59:59-12:00"}, ""),
    ({"run_at": "2030-01-01T00:00:00Z", "delay": 5}, ""),
    ({"max_attempts": 0}, "/max_attempts"),
    ({"max_attempts": 101}, "/max_attempts"),
    ({"max_attempts": 3.0}, "/max_attempts"),
    ({"timeout": 0}, "/timeout"),
    ({"timeout": -3}, "/timeout"),
    ({"timeout": 1e9}, "/timeout"),
]


@pytest.mark.parametrize(("fields", "pointer"), FIELDS, ids=lambda value: str(value)[:60])
async def test_fields(api: Api, fields: dict[str, Any], pointer: str) -> None:
    """Nothing is guessed or converted: a wrong type, an unknown name, a value out of bounds is a 422 with the place."""
    answer = await api.http.post("/tasks", json={"type": "api-test", **fields})
    problem = assert_problem(answer, 422, "invalid-request" if pointer else "invalid-task")
    assert [one["pointer"] for one in problem["errors"]] == [pointer]
    assert await stored(api) == 0


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["type", "payload", "queue", "priority", "delay", "run_at", "max_attempts", "timeout"])
GUESSES = VALUES | st.sampled_from(["api-test", "default", 5, {"text": "a"}, "2030-01-01T00:00:00Z"])


@given(
    st.dictionaries(NAMES, GUESSES).map(lambda body: json.dumps({"type": "api-test", **body}).encode()) | st.binary()
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_comes_is_answered(api: Api, body: bytes) -> None:
    """No body, however odd, is a 500; what is accepted can be read back as it was sent."""
    answer = await api.http.post("/tasks", content=body, headers=JSON)
    assert answer.status_code in {202, 400, 422, 503}, answer.text
    if answer.status_code == 202:
        shown = (await api.http.get(answer.headers["location"])).json()
        assert shown["payload"] == json.loads(body).get("payload", {})


async def test_a_type_nobody_handles(api: Api) -> None:
    """A name is looked up among the registered handlers, never imported."""
    for type in ("nobody-knows", "os.system", "../../etc/passwd", "<script>"):
        problem = assert_problem(await api.http.post("/tasks", json={"type": type}), 422, "unknown-type")
        assert [one["pointer"] for one in problem["errors"]] == ["/type"]


async def test_arguments_that_do_not_fit_the_handler(api: Api) -> None:
    """The caller learns at once what would fail at every attempt."""
    for payload in ({"text": "a", "more": 1}, {"txt": "a"}):
        answer = await api.http.post("/tasks", json={"type": "api-test", "payload": payload})
        assert [one["pointer"] for one in assert_problem(answer, 422, "invalid-payload")["errors"]] == ["/payload"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": ""},
        {"Content-Type": "text/plain"},
        {"Content-Type": "text/json"},
        {"Content-Type": "application/jsonp"},
        {"Content-Type": "application/problem+json"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {"Content-Type": "application/json", "Content-Encoding": "identity"},
        {},
    ],
    ids=str,
)
async def test_content_types(api: Api, headers: dict[str, str]) -> None:
    """Only plain JSON in UTF-8 that says so; it also keeps web pages of strangers from posting forms."""
    answer = await api.http.post("/tasks", content=b'{"type":"api-test"}', headers=headers)
    assert_problem(answer, 415, "unsupported-media-type")
    assert await stored(api) == 0


@pytest.mark.parametrize(
    "value", ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"']
)
async def test_content_types_that_are_fine(api: Api, value: str) -> None:
    """Spelling is free where RFC 9110 says so."""
    answer = await api.http.post("/tasks", content=b'{"type":"api-test"}', headers={"Content-Type": value})
    assert answer.status_code == 202


async def test_bodies_over_the_limit(api: Api) -> None:
    """Whether the length is announced or found out on the way."""
    body = json.dumps({"type": "api-test", "payload": {"text": "x" * 70_000}}).encode()

    async def chunks() -> Any:
        for start in range(0, len(body), 1_000):
            yield body[start : start + 1_000]

    assert_problem(await api.http.post("/tasks", content=body, headers=JSON), 413, "body-too-large")
    assert_problem(await api.http.post("/tasks", content=chunks(), headers=JSON), 413, "body-too-large")
    assert_problem(await api.http.post("/tasks/batch", content=body, headers=JSON), 413, "body-too-large")
    assert await stored(api) == 0


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=-1",
        "limit=501",
        "limit=1000000000",
        "limit=ten",
        "limit=",
        "cursor=rubbish",
        "cursor=",
        "cursor=%00",
        "cursor=01900000-0000-7000-8000-00000000000000000000",
        "status=done",
        "status=",
        "type=%00",
        "queue=%00",
        "queue=",
        "colour=blue",
    ],
)
async def test_queries(api: Api, query: str) -> None:
    """Parameters are as strict as bodies, on tasks and dead letters alike."""
    assert_problem(await api.http.get(f"/tasks?{query}"), 422, "invalid-request")
    assert_problem(await api.http.get(f"/dead-letters?{query}"), 422, "invalid-request")


async def test_paths_and_methods_that_are_not_there(api: Api) -> None:
    """The router's own errors are problems too."""
    assert_problem(await api.http.get("/nothing/here"), 404, "not-found")
    answer = await api.http.delete("/tasks")
    assert_problem(answer, 405, "method-not-allowed")
    assert set(answer.headers["allow"].split(", ")) <= {"GET", "POST"}


async def test_an_unforeseen_error_is_a_problem_without_its_stack(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should there be a bug, nobody outside reads its traceback."""

    async def broken(*_: object, **__: object) -> None:
        message = "secret detail"
        raise RuntimeError(message)

    monkeypatch.setattr(api.submitter, "submit", broken)
    answer = await api.http.post("/tasks", json={"type": "api-test"})
    assert_problem(answer, 500, "internal-error")
    assert "secret" not in answer.text


async def stored(api: Api) -> int:
    """Count the tasks in the record."""
    return sum((await api.store.counts()).values())
