"""The one rule for payloads and fields, under all three ways in: what it refuses, and that what it lets in survives."""

from __future__ import annotations

import json
from collections import namedtuple
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from system.operations import idempotency_key, payload, plain_json, strict_json
from system.operations.new_task import NewTask
from system.operations.plain_json import NotPlain
from system.tasks.errors import InvalidPayload, InvalidTask, UnknownType
from system.tasks.handlers import task

Point = namedtuple("Point", "x y")  # noqa: PYI024  (what programs hand over is not ours to choose)


class Colour(StrEnum):
    """Text to Python."""

    RED = "red"


class Number(float):
    """A float to Python."""


class Plain(Enum):
    """Nothing to JSON."""

    ONE = 1


@task("payload-test")
def handler(value: Any = None) -> Any:
    """Take one optional argument."""
    return value


def nested(levels: int) -> Any:
    """Make lists in lists."""
    value: Any = []
    for _ in range(levels - 1):
        value = [value]
    return value


def ring() -> Any:
    """Make a list that contains itself."""
    value: list[Any] = []
    value.append(value)
    return value


REFUSED = [
    float("nan"),
    float("inf"),
    float("-inf"),
    2**53 + 1,
    -(2**53) - 1,
    2**70,
    "\0",
    "a\0b",
    "\ud800",
    "\udfff\ud800",
    "é\udc00",
    {1: 2},
    {None: 1},
    {Colour.RED: 1},
    {"\ud800": 1},
    {"\0": 1},
    nested(31),
    ring(),
    datetime.now(UTC),
    datetime.now(UTC).date(),
    b"bytes",
    bytearray(b"bytes"),
    {1, 2},
    frozenset(),
    range(3),
    Decimal(1),
    UUID(int=1),
    Path("a"),
    Plain.ONE,
    Number(1.5),
    Point(1, 2),
    1j,
    object(),
    len,
    Exception("a"),
]


@pytest.mark.parametrize("value", REFUSED, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("wrap", [lambda value: value, lambda value: [value], lambda value: {"a/b": [0, value]}])
def test_what_is_refused(value: Any, wrap: Any) -> None:
    """Wherever it stands, and the message says where that is."""
    with pytest.raises(InvalidPayload, match=r"^payload/value"):
        NewTask(type="payload-test", payload={"value": wrap(value)}).validate()


@pytest.mark.parametrize("wrong", [None, [], "{}", 5, b"{}", ring(), Point(1, 2), Colour.RED])
def test_a_payload_is_an_object(wrong: Any) -> None:
    """The handler's arguments by name, and nothing else."""
    with pytest.raises(InvalidPayload, match="an object is needed"):
        NewTask(type="payload-test", payload=wrong).validate()


@pytest.mark.parametrize(
    "value", [2**53, -(2**53), -0.0, 5e-324, 1.7e308, "", "😀é\x01\x7f\u2028", Colour.RED, nested(30), (1, (2,)), True]
)
def test_what_is_accepted(value: Any) -> None:
    """The bounds themselves; a task nests 32 levels deep, itself and its payload among them."""
    NewTask(type="payload-test", payload={"value": value}).validate()


def test_a_payload_is_bounded() -> None:
    """To the byte, as JSON in UTF-8."""
    payload.check({"a": "x" * 92}, max_bytes=100)
    payload.check({"a": "é" * 46}, max_bytes=100)
    for text in ("x" * 93, "é" * 47):
        with pytest.raises(InvalidPayload, match="bytes of JSON, the limit is 100"):
            payload.check({"a": text}, max_bytes=100)
    with pytest.raises(InvalidPayload, match="1,048,577 bytes"):
        payload.check({"a": "x" * (payload.MAX_BYTES - 7)})


WRONG_FIELDS: list[dict[str, Any]] = [
    *({"type": name} for name in (None, 5, b"payload-test", ["payload-test"], {})),
    *({"queue": queue} for queue in (None, 5, "", "x" * 65, "a{b}", "a,b", "a\nb", "\ud800", b"default")),
    *({"priority": priority} for priority in ("5", 5.0, True, None, -1, 10, 2**70)),
    *({"max_attempts": attempts} for attempts in ("3", 3.0, True, 0, -1, 101)),
    *({"timeout": timeout} for timeout in ("3", True, 0, -1, float("nan"), float("inf"), 1e9, Number(3))),
    *({"delay": delay} for delay in ("3", True, -1, float("nan"), float("inf"), 1e12, 10**400)),
    *({"run_at": run_at} for run_at in ("2030-01-01T00:00:00Z", 1_900_000_000, datetime(2030, 1, 1))),  # noqa: DTZ001
    {"run_at": datetime.now(UTC), "delay": 5},
]


@pytest.mark.parametrize("fields", WRONG_FIELDS, ids="+".join)
def test_fields(fields: dict[str, Any]) -> None:
    """A program gets the same strictness as a request: no conversions, and an error of ours, not Python's."""
    with pytest.raises(InvalidTask):
        NewTask(**{"type": "payload-test", **fields}).validate()


@pytest.mark.parametrize("name", ["nobody-knows", "os.system", "", "\ud800", "x" * 100_000])
def test_unknown_types(name: str) -> None:
    """The message is short however long the name is, and can be written anywhere."""
    with pytest.raises(UnknownType) as caught:
        NewTask(type=name).validate()
    assert len(str(caught.value).encode()) < 2_000


@pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\n", "\0", "\ud800", 5, b"key"])
def test_idempotency_keys(key: Any) -> None:
    """What can't be a header's value is no key for a program either."""
    with pytest.raises(InvalidTask, match="printable ASCII"):
        idempotency_key.check(key)


TEXT = st.text(st.characters(exclude_categories=()), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.sampled_from([2**53, 2**53 + 1, 10**15, 1e300]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=40,
)


@given(VALUES)
@settings(deadline=None)
def test_what_is_plain_survives(value: Any) -> None:
    """A plain value is the same after having been JSON in a database; the fast look at JSON text misses nothing."""
    try:
        plain_json.check(value)
    except NotPlain:
        # Escaped as other programs may write it, and as it is.
        for ascii_only in (True, False):
            body = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
            with pytest.raises((NotPlain, strict_json.Malformed)):
                strict_json.parse(body)
    else:
        assert orjson.loads(orjson.dumps(value)) == value
        assert strict_json.parse(json.dumps(value).encode()) == value


@given(st.from_regex(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,6})?", fullmatch=True))
@settings(deadline=None)
def test_numbers_as_text(number: str) -> None:
    """However a number is written, it is taken exactly where its value is plain."""
    try:
        plain_json.check(json.loads(number))
    except NotPlain:
        with pytest.raises(NotPlain):
            strict_json.parse(number.encode())
    else:
        assert strict_json.parse(number.encode()) == json.loads(number)
