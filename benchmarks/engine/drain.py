"""Coming to rest after a load: nothing waits, nothing runs, and all that happened is recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from system.queues.protocol import Ability
from system.tasks.errors import TaskLabError
from system.tasks.task import DEFAULT_QUEUE
from system.wiring import Services

LOOK_SECONDS = 0.5
# So long nothing may happen before a task that is still open counts as lost, not as late: a queue that SQL can rebuild
# is compared with it every 5 s, and leases and pauses between retries are shorter.
STILL_SECONDS = {True: 30.0, False: 3.0}


async def drain(services: Services, patience: float, *, hurry: asyncio.Event, tell: Callable[[int], None]) -> bool:
    """Wait until the system is at rest; False where for `patience` seconds no task ended, or `hurry` is set before.

    `tell` is called with the number of open tasks, again and again.
    """
    rebuilds = Ability.REBUILDING in services.queue.abilities
    tail, since = "", monotonic()
    fewest, fell_at = None, monotonic()
    while monotonic() - fell_at < patience and not hurry.is_set():
        with suppress(TaskLabError):  # it may still be recovering
            newest = await services.queue.tail(DEFAULT_QUEUE)
            if newest != tail:
                tail, since = newest, monotonic()
            is_open = await services.store.count_open()
            tell(is_open)
            if fewest is None or is_open < fewest:
                fewest, fell_at = is_open, monotonic()
            still = monotonic() - since > STILL_SECONDS[rebuilds]
            if (
                (is_open == 0 or still)
                and await _holds_nothing(services, leases=rebuilds)
                and await _is_recorded(services)
            ):
                return True
        await asyncio.sleep(LOOK_SECONDS)
    return False


async def _holds_nothing(services: Services, *, leases: bool) -> bool:
    stats = await services.queue.stats(DEFAULT_QUEUE)
    # Without leases, what a dead worker held stays marked as running.
    return stats.ready == stats.scheduled == 0 and (stats.leased == 0 or not leases)


async def _is_recorded(services: Services) -> bool:
    return await services.store.position(DEFAULT_QUEUE) == await services.queue.tail(DEFAULT_QUEUE)
