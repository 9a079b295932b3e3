"""Circuit breakers: where each stands, and holding one open or closed by hand."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import Any

from system.operations.describe import moment_or_none
from system.operations.in_time import in_time
from system.policies.breaker import Mode
from system.queues.breakers import Breakers, Standing
from system.tasks.errors import NotFound
from system.tasks.handlers import breakers as declared


class Hold(StrEnum):
    """What can be asked of a breaker."""

    OPEN = "open"  # its tasks wait, until told otherwise
    CLOSED = "closed"  # its tasks go, whatever happens to them
    AUTO = "auto"  # it decides by itself, beginning with closed


MODES = {Hold.OPEN: Mode.OPEN, Hold.CLOSED: Mode.CLOSED, Hold.AUTO: None}


async def find(breakers: Breakers) -> list[dict[str, Any]]:
    """Return every breaker that was heard of, and those of the handlers registered here, by name; for JSON."""
    async with in_time():
        known = {one.name: one for one in await breakers.standings()}
    unheard = {name: _unheard(name) for name in declared() if name not in known}
    return [_described(one) for _, one in sorted((known | unheard).items())]


async def hold(breakers: Breakers, name: str, how: Hold) -> dict[str, Any]:
    """Hold a breaker, and return it. Raises NotFound for a name nobody ever used, Unsupported, QueueUnavailable."""
    if name not in {one["name"] for one in await find(breakers)}:
        message = f"there is no breaker {name[:64]!r}"
        raise NotFound(message)
    async with in_time():
        await breakers.force(name, MODES[how])
    return next(one for one in await find(breakers) if one["name"] == name)


def _unheard(name: str) -> Standing:
    return Standing(name, Mode.CLOSED, forced=False, failures=0, opened_at=None, retry_at=None)


def _described(one: Standing) -> dict[str, Any]:
    times = {"opened_at": moment_or_none(one.opened_at), "retry_at": moment_or_none(one.retry_at)}
    return {**asdict(one), "state": one.state.value, **times}
