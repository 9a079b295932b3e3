"""Bad input through the command line: one clear line on standard error, exit code 1 or 2, and nothing stored."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from system.storage.session import Database
from system.storage.store import Store
from tests.acceptance.running import ROOT, Tasklab
from tests.fixtures.record import make_record


@pytest.fixture
def tasklab(redis_url: str, tmp_path: Path) -> Tasklab:
    """Give the command, with a real server and an empty record."""
    services = {"REDIS_URL": redis_url, "DATABASE_URL": make_record(tmp_path)}
    return Tasklab(tmp_path / "data", **services, TASKLAB_MAX_BODY_BYTES="5000")


def nested(levels: int) -> str:
    """Write a payload nested so deep."""
    return '{"a":' * (levels - 1) + "{}" + "}" * (levels - 1)


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ("", "no valid JSON"),
        ("{", "no valid JSON"),
        ("{'a': 1}", "no valid JSON"),
        ('{"a":1} x', "no valid JSON"),
        ('{"a":1,"a":2}', "the key 'a' stands twice"),
        ('{"a":{"b\\n":1,"b\\n":2}}', "stands twice"),
        ('\ufeff{"a":1}', "no valid JSON"),
        ('{"a":"\n"}', "no valid JSON"),
        ('{"a":NaN}', "payload/a: numbers must be finite"),
        ('{"a":[0,-Infinity]}', "payload/a/1: numbers must be finite"),
        ('{"a":1e999}', "payload/a: numbers must be finite"),
        ('{"a":9007199254740993}', "payload/a: integers must lie within"),
        ('{"a":%s}' % ("1" * 4_400), "far outside"),
        ('{"a":"\\u0000"}', "payload/a: text must not contain"),
        ('{"a":"\\ud800"}', "payload/a: text must not contain"),
        ('{"\\udc00":1}', "text must not contain"),
        ('{"\\u001b[2J\\n":NaN}', "payload/\\x1b[2J : numbers must be finite"),
        (nested(32), "nested more than 32 levels"),
        (nested(5_000), "nested more than 32 levels"),
        ("[]", "must be a JSON object"),
        ("null", "must be a JSON object"),
        ('"a"', "must be a JSON object"),
        ('{"a":"%s"}' % ("x" * 5_000), "the limit is 5,000"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_payloads(tasklab: Tasklab, payload: str, message: str) -> None:
    """As strict as the API, and as clear."""
    assert message in one_line(tasklab.call("task", "submit", "echo", payload, code=1))
    nothing_stored(tasklab)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nobody-knows",), "no handler for task type 'nobody-knows'"),
        (("os.system", '{"command":"id"}'), "no handler"),
        (("\x1b[2J\n",), "no handler for task type '\\x1b[2J\\n'"),
        (("noop", '{"a":1}'), "noop"),
        (("sleep", "{}"), "seconds"),
        (("noop", "--queue", "a{b}"), "queue: 1 to 64 characters"),
        (("noop", "--queue", ""), "queue: 1 to 64 characters"),
        (("noop", "--delay", "inf"), "delay: 0 s to ten years"),
        (("noop", "--timeout", "0"), "timeout: above 0 s"),
        (("noop", "--timeout", "nan"), "timeout: above 0 s"),
        (("noop", "--idempotency-key", ""), "printable ASCII"),
        (("noop", "--idempotency-key", "é"), "printable ASCII"),
        (("noop", "--idempotency-key", "x" * 256), "printable ASCII"),
    ],
    ids=repr,
)
def test_fields(tasklab: Tasklab, arguments: tuple[str, ...], message: str) -> None:
    """Whatever the option parser lets through is looked at all the same."""
    assert message in one_line(tasklab.call("task", "submit", *arguments, code=1))
    nothing_stored(tasklab)


@pytest.mark.parametrize(
    "options",
    [
        ("--priority", "99"),
        ("--priority", "5.5"),
        ("--delay", "-1"),
        ("--delay", "nan"),
        ("--max-attempts", "0"),
        ("--max-attempts", "three"),
        ("--unheard", "1"),
    ],
    ids=repr,
)
def test_wrong_usage(tasklab: Tasklab, options: tuple[str, ...]) -> None:
    """Exit code 2, as everywhere."""
    tasklab.call("task", "submit", "noop", *options, code=2)
    nothing_stored(tasklab)


@pytest.mark.parametrize(
    "arguments",
    [
        ("task", "submit", "echo", b'{"a":"\xff"}'),
        ("task", "submit", b"\xff"),
        ("task", "show", b"\xff"),
        ("dlq", "ls", "--type", b"\xed\xa0\x80"),
        ("dlq", "requeue", "--queue", b"\xff"),
        ("queue", "pause", b"\xff"),
    ],
    ids=repr,
)
def test_arguments_that_are_no_text(tasklab: Tasklab, arguments: tuple[str | bytes, ...]) -> None:
    """A shell can pass any bytes; what is no UTF-8 reaches neither SQL nor Redis."""
    command = [sys.executable, "-X", "utf8", "-m", "system", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=tasklab.environment, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, b"")
    assert one_line(done.stderr.decode()) == "tasklab: the arguments are no text in UTF-8"
    nothing_stored(tasklab)


def test_text_is_text(tasklab: Tasklab) -> None:
    """SQL, Lua and HTML are stored and shown as they came, and nothing in an error steers the terminal."""
    payload = '{"text":"\'; DROP TABLE tasks; -- <b> redis.call(\\"FLUSHALL\\") [red] \\u001b[2J \\u202e"}'
    task_id = tasklab.call("task", "submit", "echo", payload).strip()
    shown = tasklab.call("task", "show", task_id)
    assert "DROP TABLE tasks; -- <b> redis.call" in shown
    assert "\x1b" not in shown
    assert "[red]" in shown


def one_line(printed: str) -> str:
    """Return the one line that was printed."""
    assert printed.endswith("\n")
    (line,) = printed.splitlines()
    assert line.startswith("tasklab: ")
    assert "Traceback" not in line
    return line


def nothing_stored(tasklab: Tasklab) -> None:
    """Check that neither SQL nor Redis has anything."""

    async def count() -> int:
        database = Database(tasklab.environment["DATABASE_URL"])
        counts = await Store(database).counts()
        await database.close()
        return sum(counts.values())

    assert asyncio.run(count()) == 0
    with redis.Redis.from_url(tasklab.environment["REDIS_URL"]) as client:
        assert client.keys() == []
