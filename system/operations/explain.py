"""Why a task is where it is, in words: what holds it up, who runs it, how it ended.

First the facts are gathered, then each rule says what it sees in them. Another thing that can hold a task up is another
rule in WAITING, and what it needs to know another field of Facts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from system.operations import inspect
from system.operations.describe import moment
from system.operations.in_time import in_time
from system.policies.breaker import Mode
from system.queues.breakers import Standing
from system.queues.protocol import Place, Queue, Stats
from system.queues.registry import WorkerRegistry
from system.storage.rows import TaskRow
from system.storage.store import Store
from system.tasks.errors import QueueUnavailable, Unsupported
from system.tasks.handlers import HANDLERS
from system.tasks.task import Status


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where a task stands, and why, one sentence a reason; the queue's word counts where the record is behind."""

    status: Status
    because: list[str]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a task that is not over; `workers` are those of its queue that live."""

    row: TaskRow
    place: Place | None
    stats: Stats
    workers: list[dict[str, Any]]
    everybody: list[dict[str, Any]]
    breaker: Standing | None
    """The circuit breaker that its type names, as far as its handler is registered here."""
    now_ms: int


async def explain(
    store: Store,
    queue: Queue,
    registry: WorkerRegistry,
    task_id: str,
    *,
    owner: str | None = None,
    patience: float = 0.0,
) -> Explanation:
    """Explain a task; raises NotFound and StoreUnavailable. `owner` and `patience` are as for inspect.get."""
    row = await inspect.get(store, task_id, owner=owner, patience=patience)
    if row.status.over:
        return Explanation(row.status, [_ended(row)])
    try:
        facts = await _facts(row, queue, registry)
    except QueueUnavailable as error:
        return Explanation(row.status, [f"nothing is handed out: {error}", *_deferred(row)])
    except Unsupported as error:
        return Explanation(row.status, [str(error)])
    if facts.place is None:
        return Explanation(row.status, list(_deferred(row)) or [NOT_THERE])
    rules = RUNNING if facts.place.where == "leased" else WAITING
    because = [sentence for rule in rules for sentence in rule(facts)]
    return Explanation(_status(facts.place, row), because or [NEXT])


NOT_THERE = (
    "the queue does not hold it: it has just ended and the record is about to say so, or it got lost and upkeep is "
    "about to put it again"
)
NEXT = "nothing holds it up: the next worker that asks gets it"


async def _facts(row: TaskRow, queue: Queue, registry: WorkerRegistry) -> Facts:
    async with in_time():
        place = await queue.find(row.queue, row.id)
        stats = await queue.stats(row.queue)
        breaker = await _breaker(row, queue)
    everybody = await inspect.workers(registry)
    workers = [one for one in everybody if one["status"] == "running" and row.queue in one["queues"]]
    return Facts(row, place, stats, workers, everybody, breaker, int(time.time() * 1000))


async def _breaker(row: TaskRow, queue: Queue) -> Standing | None:
    handler = HANDLERS.get(row.type)
    if handler is None or handler.breaker is None:
        return None
    return next((one for one in await queue.breakers.standings() if one.name == handler.breaker.name), None)


def _status(place: Place, row: TaskRow) -> Status:
    if place.where == "scheduled":
        return Status.RETRYING if row.failures else Status.SCHEDULED
    return Status.RUNNING if place.where == "leased" else Status.QUEUED


def _ended(row: TaskRow) -> str:
    at = moment(row.finished_at or 0)
    match row.status:
        case Status.SUCCEEDED:
            return f"it succeeded at {at}, at attempt {row.attempts}, on {row.worker}"
        case Status.DEAD:
            return f"it died at {at} of {row.reason or 'an unknown cause'}: {_first_line(row.error)}"
        case _:
            return f"it was cancelled at {at}"


def _deferred(row: TaskRow) -> Iterator[str]:
    if row.dispatch == "deferred":
        yield "it was accepted while the queue was away, and waits in SQL until upkeep can put it"


def _pausing(facts: Facts) -> Iterator[str]:
    if facts.stats.paused:
        yield f"queue {facts.row.queue} is paused"


def _timing(facts: Facts) -> Iterator[str]:
    place, row = facts.place, facts.row
    if place is None or place.until_ms is None:
        return
    if row.failures:
        failed = f"after failure {row.failures} of {row.max_attempts}: {_first_line(row.error)}"
        yield f"it waits until {moment(place.until_ms)} for its retry {failed}"
    else:
        yield f"it is delayed until {moment(place.until_ms)}"


def _breaking(facts: Facts) -> Iterator[str]:
    breaker = facts.breaker
    if breaker is None or breaker.state is Mode.CLOSED:
        return
    state = "open by hand" if breaker.forced else breaker.state.value.replace("_", " ")
    tried = f", and tried again from {moment(breaker.retry_at)}" if breaker.retry_at else ""
    yield f"circuit breaker {breaker.name} is {state}{tried}"


def _manning(facts: Facts) -> Iterator[str]:
    if not facts.workers:
        yield f"no live worker serves queue {facts.row.queue}"
    elif all(facts.row.type not in one.get("types", [facts.row.type]) for one in facts.workers):
        names = ", ".join(one["id"] for one in facts.workers[:3])
        yield f"no live worker of its queue has a handler for {facts.row.type!r} (asked: {names})"


def _queueing(facts: Facts) -> Iterator[str]:
    place = facts.place
    if place is None or place.where != "ready":
        return
    if place.ahead is None:
        yield f"it is far back among {facts.stats.ready} tasks"
    elif place.ahead:
        yield f"it is behind {place.ahead} {'task' if place.ahead == 1 else 'tasks'}"


def _crowding(facts: Facts) -> Iterator[str]:
    slots = sum(one["concurrency"] for one in facts.workers)
    if facts.place is not None and facts.place.where == "ready" and slots and facts.stats.leased >= slots:
        yield f"all slots of its queue's live workers are taken: {facts.stats.leased} of {slots}"


def _running(facts: Facts) -> Iterator[str]:
    place, row = facts.place, facts.row
    if place is None:
        return
    since = f" since {moment(row.started_at)}" if row.started_at and row.worker == place.worker else ""
    yield f"it runs on {place.worker}{since}"
    info = next((one for one in facts.everybody if one["id"] == place.worker), None)
    if info is None or info["status"] == "lost":
        silent = f"has been silent for {info['age_seconds']:.0f} s" if info else "is gone"
        over = moment(place.until_ms or 0)
        yield f"{place.worker} {silent}: unless it renews its lease, another takes over at {over}"


Rule = Callable[[Facts], Iterator[str]]
WAITING: tuple[Rule, ...] = (_breaking, _timing, _pausing, _manning, _queueing, _crowding)
RUNNING: tuple[Rule, ...] = (_running,)


def _first_line(error: str | None) -> str:
    return (error or "no error was noted").partition("\n")[0]
