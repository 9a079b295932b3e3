"""The command line: short commands find the running system, print tables or JSON, and fail in one clear line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from system.settings import knobs
from tests.acceptance.running import Command, Tasklab, until

HANDLERS = '''
from system.tasks.handlers import task


@task("greet")
def greet(name: str) -> str:
    """Greet somebody."""
    return f"hello {name}"
'''


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tasklab, Command]]:
    """One running system for the tests that do it no harm."""
    tasklab = Tasklab(tmp_path_factory.mktemp("cli") / "data")
    with tasklab.up("--workers", "1") as up:
        yield tasklab, up


def test_help_ends_with_every_knob(tasklab: Tasklab) -> None:
    """Commands first, then the table of environment variables, made from the settings."""
    printed = tasklab.run("--help")
    commands, _, table = printed.partition("Environment")
    assert all(name in commands for name in ("demo", "up", "api", "worker", "upkeep", "task", "queue", "dlq", "doctor"))
    assert all(variable in table for variable, _, _ in knobs())


def test_a_task_from_submit_to_result(shared: tuple[Tasklab, Command]) -> None:
    """`submit` prints the id alone, `wait` the result, `show` everything."""
    tasklab, _ = shared
    task_id = tasklab.call("task", "submit", "echo", '{"a": [1, 2]}', "--priority", "9").strip()
    assert json.loads(tasklab.call("task", "wait", task_id, "--timeout", "30")) == {"a": [1, 2]}
    shown = tasklab.ask("task", "show", task_id)
    assert (shown["status"], shown["priority"], shown["attempts"]) == ("succeeded", 9, 1)
    assert "worker-1." in tasklab.call("task", "show", task_id)
    assert "is over: succeeded" in one_line(tasklab.call("task", "cancel", task_id, code=1))


def test_a_task_called_off(shared: tuple[Tasklab, Command]) -> None:
    """A cancelled task does not run, and who waits for it is told so."""
    tasklab, _ = shared
    task_id = tasklab.call("task", "submit", "noop", "--delay", "600").strip()
    assert "is not over after 0.1 s" in one_line(tasklab.call("task", "wait", task_id, "--timeout", "0.1", code=1))
    assert "cancelled" in tasklab.call("task", "cancel", task_id)
    assert "cancelled" in one_line(tasklab.call("task", "wait", task_id, code=1))


def test_dead_letters(shared: tuple[Tasklab, Command]) -> None:
    """They can be looked at, brought back one by one or by type, and thrown away."""
    tasklab, up = shared
    first, second = up.submit(*({"type": "fail", "payload": {"message": "oh"}, "max_attempts": 1} for _ in range(2)))
    up.ended([first, second])
    assert "oh" in one_line(tasklab.call("task", "wait", first, code=1))
    assert {one["id"] for one in tasklab.ask("dlq", "ls", "--type", "fail")["items"]} == {first, second}
    assert tasklab.call("dlq", "requeue", first) == "requeued 1\n"
    up.ended([first])
    assert tasklab.ask("dlq", "ls", "--reason", "poison")["items"] == []
    assert tasklab.ask("dlq", "ls", "--died-before", "2020-01-01")["items"] == []
    assert "max_attempts" in tasklab.call("dlq", "ls", "--died-after", "2020-01-01T12:00:00")
    assert tasklab.call("dlq", "requeue", "--type", "fail", "--reason", "max_attempts") == "requeued 2\n"
    up.ended([first, second])
    assert tasklab.call("dlq", "purge", first) == "deleted 1\n"
    assert tasklab.call("dlq", "purge", "--yes") == "deleted 1\n"
    assert tasklab.ask("dlq", "ls")["items"] == []


def test_queues(shared: tuple[Tasklab, Command]) -> None:
    """A paused queue keeps its tasks; figures, cleaning up and the verdict are one command away."""
    tasklab, up = shared
    assert "paused" in tasklab.call("queue", "pause")
    ids = up.submit({"type": "noop"}, {"type": "noop"})
    assert tasklab.ask("queue", "stats")["queue_size"] == 2
    assert tasklab.ask("task", "explain", ids[0])["because"] == ["queue default is paused"]
    assert tasklab.call("task", "explain", ids[1]).splitlines()[1:] == [
        "- queue default is paused",
        "- it is behind 1 task",
    ]
    assert "paused" in tasklab.call("queue", "stats")
    assert tasklab.ask("queue", "verdict")["drained"] is False
    tasklab.call("queue", "resume")
    up.ended(ids)
    assert tasklab.call("queue", "cleanup").startswith("requeued 0, dead 0")
    assert tasklab.ask("queue", "verdict")["good"] is True
    assert "there is no queue" in one_line(tasklab.call("queue", "pause", "nowhere", code=1))


def test_workers(shared: tuple[Tasklab, Command]) -> None:
    """`worker ls` lists what `worker` runs."""
    tasklab, _ = shared
    (worker,) = tasklab.ask("worker", "ls")
    assert worker["pid"] == tasklab.children()["worker-1"]
    assert worker["id"] in tasklab.call("worker", "ls")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["task", "submit", "nonsense"], "no handler for task type 'nonsense'"),
        (["task", "submit", "echo", "[1]"], "must be a JSON object"),
        (["task", "submit", "echo", "{"], "is no JSON"),
        (["task", "submit", "noop", '{"a": 1}'], "noop"),
        (["task", "show", "nonsense"], "there is no task 'nonsense'"),
        (["dlq", "requeue", "nonsense"], "there is no task 'nonsense'"),
        (["api", "--host", "0.0.0.0"], "TASKLAB_API_KEYS"),  # noqa: S104 - it must be refused
    ],
)
def test_an_error_is_one_clear_line(shared: tuple[Tasklab, Command], arguments: list[str], message: str) -> None:
    """Exit code 1, no traceback."""
    tasklab, _ = shared
    assert message in one_line(tasklab.call(*arguments, code=1))


def test_a_missing_module_is_one_clear_line(tasklab: Tasklab) -> None:
    """The long-running commands fail in the same way, as real processes."""
    assert "no.such.module can't be imported" in one_line(tasklab.run("worker", "--import", "no.such.module", code=1))


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "no Redis: start `tasklab up` or set REDIS_URL"),
        ({"REDIS_URL": "redis://127.0.0.1:1/0"}, "is it running, and is REDIS_URL right?"),
        ({"REDIS_URL": "nonsense"}, "REDIS_URL can't be read"),
        ({"REDIS_URL": "redis+cluster://a"}, "come with a later release"),
        ({"REDIS_URL": "redis://127.0.0.1:1/0", "DATABASE_URL": "nonsense"}, "DATABASE_URL can't be read"),
        ({"TASKLAB_LEASE_SECONDS": "ten"}, "TASKLAB_LEASE_SECONDS=ten"),
    ],
)
def test_a_missing_service_is_named(tmp_path: Path, environment: dict[str, str], message: str) -> None:
    """Exit code 1, and the line says which variable to set or what to start."""
    assert message in one_line(Tasklab(tmp_path / "data", **environment).call("worker", "ls", code=1))


def test_wrong_usage(tasklab: Tasklab) -> None:
    """Exit code 2, as everywhere."""
    tasklab.run("nonsense", code=2)
    tasklab.call("up", "--workers", "many", code=2)


def test_single_processes_share_one_server(tasklab: Tasklab, tmp_path: Path) -> None:
    """The first one starts it, the others find it; a burst worker with handlers of one's own does all there is."""
    (tmp_path / "my_handlers.py").write_text(HANDLERS, "utf-8")
    tasklab.environment["PYTHONPATH"] = str(tmp_path)
    with tasklab.start("upkeep") as upkeep:
        until(tasklab.folder.running, "upkeep's server")
        until((tasklab.data / "tasklab.db").exists, "the record")
        submit = ("task", "submit", "greet", '{"name": "you"}', "--import", "my_handlers")
        task_id = tasklab.run(*submit).strip()
        tasklab.run("worker", "--burst", "--import", "my_handlers")
        assert json.loads(tasklab.call("task", "wait", task_id, "--timeout", "30")) == "hello you"
        upkeep.terminate()
        assert upkeep.wait(15) == 0
    assert tasklab.folder.running() is None


def test_the_doctor(tasklab: Tasklab) -> None:
    """Each finding is ok, warn or missing, and what is not ok comes with advice; needed and missing is exit code 1."""
    findings = {one["what"]: one for one in tasklab.ask("doctor")}
    assert findings["Python"]["state"] == findings["embedded server"]["state"] == "ok"
    assert all(one["advice"] for one in findings.values() if one["state"] != "ok")
    sick = Tasklab(tasklab.data, REDIS_URL="redis://127.0.0.1:1/0")
    assert "missing" in sick.call("doctor", code=1)


def test_the_doctor_looks_at_the_services(shared: tuple[Tasklab, Command], tmp_path: Path) -> None:
    """Version, memory policy and persistence of Redis, and how far the tables are."""
    _, up = shared
    well = Tasklab(tmp_path / "data", REDIS_URL=up.note.redis_url or "", DATABASE_URL=up.note.database_url or "")
    findings = {one["what"]: one["state"] for one in well.ask("doctor")}
    for what in ("REDIS_URL", "Redis maxmemory-policy", "Redis appendonly", "DATABASE_URL"):
        assert findings[what] == "ok"


def one_line(printed: str) -> str:
    """Return the one line that was printed."""
    (line,) = printed.splitlines()
    assert line.startswith("tasklab: ")
    return line
