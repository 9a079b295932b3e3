"""The Redis user of docker-compose.yml and SECURITY.md: all that TaskLab does is allowed to it, and nothing else."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError

from system import wiring
from system.local.ports import free_port
from system.local.services import look_at_redis
from system.local.valkey import find_binary
from system.queues.keys import Keys
from system.queues.protocol import Ability
from system.queues.registry import Registry
from system.tasks.errors import QueueUnavailable
from system.tasks.outcome import Bury, RetryIn, Settlement, Succeed
from system.tasks.task import Task
from tests.acceptance.running import Tasklab, until
from tests.contract.conftest import make
from tests.contract.queue_kit import be_impatient
from tests.fixtures.record import make_record
from tests.fixtures.server_process import server_process

ROOT = Path(__file__).parents[2]
SECURITY = (ROOT / "SECURITY.md").read_text("utf-8")
LUA = "\n".join(path.read_text("utf-8") for path in (ROOT / "system" / "queues" / "lua").glob("*.lua"))
PASSWORD = secrets.token_urlsafe(16)
BEGINNING = 1_764_000_000_000
LEASE_SECONDS = 5.0
KINDS = ("leases", "brpop", "streams")


def rules_of_compose() -> list[str]:
    """Return what docker-compose.yml grants its user."""
    command = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]["redis"]["command"]
    rest = command[command.index("tasklab") + 1 :]
    end = next(place for place, word in enumerate(rest) if word.startswith("--"))
    return [word for word in rest[:end] if not word.startswith(">")]


def rules_for(kind: str) -> list[str]:
    """Return what SECURITY.md says that a kind of queue needs."""
    (line,) = re.findall(r"^user tasklab (.*)$", SECURITY, re.MULTILINE)
    rules = [word for word in line.split() if not word.startswith(">")]
    more = re.findall(rf"^# {kind}, in addition: (.*)$", SECURITY, re.MULTILINE)
    return rules + (more[0].split() if more else [])


def commands_in(rules: list[str]) -> set[str]:
    """Return the commands that rules allow."""
    return {word.removeprefix("+") for word in rules if word.startswith("+")}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Run a server with the very options of docker-compose.yml, and users for other kinds of queue and for an admin."""
    program, number = find_binary(), free_port()
    assert program is not None
    command = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]["redis"]["command"]
    options = [re.sub(r"\$\{REDIS_PASSWORD[^}]*\}", PASSWORD, word) for word in command[1:]]
    for kind in KINDS[1:]:
        options += ["--user", kind, f">{PASSWORD}", *rules_for(kind)]
    options += ["--user", "admin", "on", f">{PASSWORD}", "~*", "&*", "+@all", "--port", str(number)]
    with server_process(program, number, tmp_path_factory.mktemp("acl"), options):
        yield number


def url(port: int, user: str) -> str:
    """Write a user's URL."""
    return f"redis://{user}:{PASSWORD}@127.0.0.1:{port}/0"


def connect(port: int, user: str) -> Redis:
    """Make a client as every process does."""
    return wiring.connect(wiring.Settings(redis_url=url(port, user)))


@pytest.fixture
async def admin(port: int) -> AsyncIterator[Any]:
    """Give an administrator's client, and an empty server."""
    client = connect(port, "admin")
    await client.flushall()
    await client.function_flush()
    yield client
    await client.aclose()


@pytest.fixture
async def restricted(port: int, admin: Redis) -> AsyncIterator[Any]:
    """Give the restricted user's client, and somebody else's keys to go for."""
    await admin.set("other", "secret")
    await admin.hset("{other}:tasks", "a", "secret")
    client = connect(port, "tasklab")
    yield client
    await client.aclose()


def test_document_and_containers_agree() -> None:
    """The line to copy is the line that is tried."""
    assert rules_of_compose() == rules_for("leases")
    assert rules_of_compose()[:4] == ["on", "~{tl:*", "resetchannels", "-@all"]


async def test_the_containers_know_the_user() -> None:
    """Every process of docker-compose.yml connects as this user, the health check included."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
    urls = [service["environment"]["REDIS_URL"] for service in services.values() if "build" in service]
    assert len(urls) == 3
    assert all(address.startswith("redis://tasklab:${REDIS_PASSWORD") for address in urls)
    assert services["redis"]["healthcheck"]["test"][3:5] == ["--user", "tasklab"]


@pytest.mark.parametrize("kind", KINDS)
async def test_the_list_is_enough_and_no_longer(
    port: int, admin: Any, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every verb of a queue works for the user; and each command it is allowed is used, by us or in a Lua function."""
    be_impatient(monkeypatch)
    await admin.config_resetstat()
    await exercise(port, "tasklab" if kind == "leases" else kind, kind)
    used = {name.removeprefix("cmdstat_") for name in await admin.info("commandstats")}
    in_lua = {name.lower() for name in re.findall(r"redis\.call\('([A-Z]+)'", LUA)}
    rules, basis = commands_in(rules_for(kind)), commands_in(rules_for("leases"))
    assert rules <= used | in_lua if kind == "leases" else rules - basis <= used


async def exercise(port: int, user: str, kind: str) -> None:
    """Do with a queue all that can be done."""
    client: Any = connect(port, user)
    queue, registry = make(kind, url(port, user), LEASE_SECONDS), Registry(client)
    await client.ping()
    await registry.beat("ann", {"running": 1})
    assert [one["id"] for one in await registry.workers()] == ["ann"]
    await registry.remove("ann")

    await queue.begin_epoch("default")
    assert await queue.epoch("default")
    if Ability.SCHEDULING in queue.abilities:
        await queue.put([task("later", run_at=BEGINNING * 2)])
        assert await queue.find("default", "later")
        assert await queue.cancel("default", "later")
        await queue.pause("default")
        await queue.resume("default")
    await queue.put([task(f"t{number}") for number in range(6)], announce=True)
    assert (await queue.stats("default")).ready == 6
    await queue.wait(["default"], 0.01)
    claims = [claim for _ in range(6) for claim in (await queue.claim("ann", ["default"], 1)).claims]
    assert len(claims) == 6
    await queue.renew(claims)
    done, again, dead, back, lost, expired = claims  # the last two are left to the clean-up
    outcomes = [(done, Succeed("1")), (again, RetryIn(0, again.task, "no")), (dead, Bury("no"))]
    await queue.finish([Settlement(claim, decision, 2, 1) for claim, decision in outcomes])
    await queue.release([back])
    assert (lost.task.id, expired.task.id) == ("t4", "t5")
    await queue.abandon("ann", ["default"])
    await queue.cleanup("default")
    assert await queue.missing("default", ["nobody", "t0"]) == ["nobody", "t0"]
    batches = await queue.history("default", "0", 100, 0.01)
    assert batches
    assert await queue.history("default", await queue.tail("default"), 100, 0.01) == []
    await queue.forget("default", await queue.tail("default"))
    await queue.close()
    await client.aclose()


def test_a_task_from_beginning_to_end(port: int, tmp_path: Path) -> None:
    """Upkeep and worker as real processes, and the command line, all of them as the restricted user."""
    admin: Any = redis.Redis.from_url(url(port, "admin"))
    admin.acl_log_reset()
    services = {"REDIS_URL": url(port, "tasklab"), "DATABASE_URL": make_record(tmp_path)}
    tasklab = Tasklab(tmp_path / "data", **services)
    with tasklab.start("upkeep"):
        ids = [tasklab.call("task", "submit", "echo", f'{{"n": {number}}}').strip() for number in range(2)]
        tasklab.call("queue", "pause")
        tasklab.call("queue", "resume")
        tasklab.run("worker", "--burst")
        assert json.loads(tasklab.call("task", "wait", ids[0], "--timeout", "30")) == {"n": 0}
        until(lambda: [tasklab.ask("task", "show", one)["status"] for one in ids] == ["succeeded"] * 2, "the record")
        assert "requeued 0" in tasklab.call("queue", "cleanup")
        assert json.loads(tasklab.call("queue", "verdict", "--json"))["good"] is True
    assert admin.acl_log() == []
    admin.close()


async def test_the_doctor_gets_along(restricted: Any) -> None:
    """It can't read the server's configuration, and says so instead of failing."""
    findings = {one.what: one for one in await look_at_redis(restricted)}
    assert (findings["REDIS_URL"].state, findings["Redis appendonly"].found) == ("ok", "hidden by the server")


FORBIDDEN = """
FLUSHALL / FLUSHDB / CONFIG GET * / CONFIG SET maxmemory 1 / CONFIG REWRITE / KEYS * / SCAN 0 / DBSIZE / RANDOMKEY
EVAL return(1) 0 / EVALSHA a 0 / SCRIPT LOAD return(1) / SCRIPT FLUSH / FUNCTION FLUSH / FUNCTION DELETE a
FUNCTION DUMP / FUNCTION LIST / FUNCTION RESTORE a / ACL LIST / ACL SETUSER tasklab on / ACL GETUSER admin / ACL LOG
CLIENT LIST / CLIENT KILL TYPE normal / CLIENT PAUSE 1 / MONITOR / DEBUG SLEEP 0 / SHUTDOWN NOSAVE / SAVE / BGSAVE
BGREWRITEAOF / REPLICAOF NO ONE / MODULE LIST / INFO / SLOWLOG GET / LATENCY RESET / MEMORY STATS / COMMAND COUNT
SWAPDB 0 1 / SELECT 1 / MOVE {tl:a} 1 / MIGRATE a 1 b 0 1 / DUMP {tl:a} / RESTORE {tl:a} 0 a / COPY {tl:a} {tl:b}
RENAME {tl:a} {tl:b} / SORT {tl:a} / UNLINK {tl:a} / GETSET {tl:a} 1 / APPEND {tl:a} 1 / TYPE {tl:a}
OBJECT FREQ {tl:a}
SUBSCRIBE a / PSUBSCRIBE * / PUBLISH a b / SPUBLISH {tl:a} b / WAIT 0 0 / MULTI
""".replace("\n", " / ")


@pytest.mark.parametrize("command", [line.strip() for line in FORBIDDEN.split(" / ") if line.strip()])
async def test_what_the_user_may_not(restricted: Any, command: str) -> None:
    """Nothing that reads or ruins the server, and no command that TaskLab does without."""
    with pytest.raises(ResponseError, match=r"no permissions|not allowed"):
        await restricted.execute_command(*command.split())


@pytest.mark.parametrize(
    "command",
    [
        "GET other",
        "SET other 1",
        "DEL other",
        "HGETALL {other}:tasks",
        "XREAD STREAMS {tl:default}:events other 0 0",
        "BZPOPMIN {tl:default}:wake other 0.01",
        "GET tl:a",
        "GET {tlx}",
        "GET x{tl:a}",
    ],
)
async def test_keys_of_others(restricted: Any, admin: Any, command: str) -> None:
    """They can be neither read nor written, not even in company of our own."""
    with pytest.raises(NoPermissionError):
        await restricted.execute_command(*command.split())
    assert await admin.get("other") == b"secret"


async def test_a_function_may_do_no_more_than_its_user(restricted: Any, admin: Any) -> None:
    """Who may load functions could write one of their own; it runs with the same rights."""
    await restricted.function_load(
        "#!lua name=evil\nredis.register_function('steal', function() return redis.call('GET', 'other') end)"
    )
    await restricted.function_load(
        "#!lua name=worse\nredis.register_function('ruin', function() return redis.call('FLUSHALL') end)"
    )
    for name in ("steal", "ruin"):
        with pytest.raises(ResponseError, match=r"permissions|ACL"):
            await restricted.fcall(name, 0)
    with pytest.raises(NoPermissionError):
        await restricted.fcall("steal", 1, "other")
    assert await admin.get("other") == b"secret"


async def test_who_else_may(port: int) -> None:
    """Nobody without a name, nobody by the name of the former only user, nobody with a wrong password."""
    for address in (f"redis://127.0.0.1:{port}/0", f"redis://:{PASSWORD}@127.0.0.1:{port}/0"):
        client = Redis.from_url(address, retry=Retry(NoBackoff(), 0))
        with pytest.raises((AuthenticationError, ResponseError)):
            await client.get(Keys("default").epoch)
        await client.aclose()
    queue = make("leases", f"redis://tasklab:wrong@127.0.0.1:{port}/0", LEASE_SECONDS)
    with pytest.raises(QueueUnavailable):
        await queue.put([task("a")])
    await queue.close()


def task(id: str, run_at: int = BEGINNING) -> Task:
    """Make a task."""
    return Task(id=id, type="noop", created_at=BEGINNING, run_at=run_at)
