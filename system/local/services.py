"""Whether the services that the environment names are reachable and set up so that nothing gets lost."""

from __future__ import annotations

from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from system.local.machine import Finding, State, finding
from system.queues.connection import redis_errors
from system.storage.migrate import steps
from system.storage.session import Database
from system.tasks.errors import QueueUnavailable, StoreUnavailable

OLDEST_REDIS = 7


async def look_at_redis(client: Redis) -> list[Finding]:
    """Look at the server behind REDIS_URL."""
    redis: Any = client
    try:
        with redis_errors():
            found = [_version(await redis.execute_command("HELLO"))]
            for name, good, advice in (
                ("maxmemory-policy", "noeviction", "any other policy throws tasks away when memory is short"),
                ("appendonly", "yes", "without it a restart of Redis loses what waits there (SQL still has it)"),
            ):
                value = await _setting(redis, name)
                found.append(finding(f"Redis {name}", value, good=value == good, advice=f"set {name} {good}: {advice}"))
            return found
    except QueueUnavailable as error:
        return [Finding("REDIS_URL", State.MISSING, "not reachable", str(error))]


async def look_at_database(database: Database) -> Finding:
    """Look at the database behind DATABASE_URL."""
    try:
        current, newest = await steps(database)
    except StoreUnavailable as error:
        return Finding("DATABASE_URL", State.MISSING, "not reachable", str(error))
    found = f"reachable, tables at step {current or 'none'}, this TaskLab has {newest}"
    return finding(
        "DATABASE_URL", found, good=current == newest, advice="`tasklab up`, `api` and `upkeep` make the tables"
    )


def _version(hello: Any) -> Finding:
    """Read the greeting, which no access list forbids; RESP2 gives it as a list, RESP3 as a dict."""
    said = hello if isinstance(hello, dict) else dict(zip(hello[::2], hello[1::2], strict=True))
    name, version = said[b"server"].decode(), said[b"version"].decode()
    good = int(version.partition(".")[0]) >= OLDEST_REDIS
    advice = f"TaskLab needs Redis {OLDEST_REDIS} or newer, or Valkey"
    return finding("REDIS_URL", f"reachable, {name} {version}", good=good, advice=advice, otherwise=State.MISSING)


async def _setting(redis: Any, name: str) -> str:
    try:
        answer = await redis.config_get(name)
    except ResponseError:
        return "hidden by the server"
    (value,) = answer.values()
    return value.decode() if isinstance(value, bytes) else str(value)
