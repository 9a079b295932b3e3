"""Looks at the system every two seconds and keeps the alerts; of several upkeep processes one speaks for all."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from uuid import uuid4

import orjson
import structlog
from uuid_utils import uuid7

from system.operations.describe import moment
from system.operations.signals import Signals
from system.policies.alerts import Rule, Standing, step
from system.storage.alert_book import AlertBook, AlertRow, Notice

TURN_SECONDS = 10.0  # after which another process takes over from one that died
WRITE_SECONDS = 10.0  # between two writes while nothing changes
DEATHS_SECONDS = 300.0
FEW_ATTEMPTS = 10  # in a minute; of fewer, a share says nothing

log = structlog.get_logger(__name__)


class Alerter:
    """`look` finds out how the system is doing; `tells` says whether there is a webhook to tell changes to."""

    def __init__(
        self,
        book: AlertBook,
        rules: Sequence[Rule],
        look: Callable[[], Awaitable[Signals]],
        *,
        tells: bool,
        deaths_seconds: float = DEATHS_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._book = book
        self._rules = rules
        self._look = look
        self._tells = tells
        self._clock = clock
        self._id = uuid4().hex
        self._mine_until = 0.0
        self._rows: dict[str, AlertRow] | None = None
        self._deaths_seconds = deaths_seconds
        self._deaths: deque[tuple[float, int]] = deque()

    @property
    def speaks(self) -> bool:
        """Whether it is this process's turn."""
        return self._clock() < self._mine_until

    async def round(self) -> None:
        """Look once, and write down what changed. Raises QueueUnavailable, StoreUnavailable."""
        now = self._clock()
        if not await self._take_turn(now):
            return
        values = self._values(await self._look(), now)
        before = self._rows if self._rows is not None else {row.name: row for row in await self._book.rows()}
        rows = {
            rule.name: _next(rule, before.get(rule.name), values[rule.name], round(now * 1000)) for rule in self._rules
        }
        changed = [row for row in rows.values() if row.state != _state(before.get(row.name))]
        if self._rows is not None and not _worth_writing(rows, before):
            return
        told = [_notice(row) for row in changed] if self._tells else []
        if not await self._book.save(self._id, list(rows.values()), told):
            self._mine_until, self._rows = 0.0, None
            return
        self._rows = rows
        for row in changed:
            log.warning("alert", alert=row.name, state=row.state, message=row.message)

    async def _take_turn(self, now: float) -> bool:
        if now < self._mine_until - TURN_SECONDS / 2:
            return True
        until = now + TURN_SECONDS
        if await self._book.take_turn(self._id, now_ms=round(now * 1000), until_ms=round(until * 1000)):
            self._rows = self._rows if now < self._mine_until else None  # somebody else may have been here
            self._mine_until = until
            return True
        self._mine_until, self._rows = 0.0, None
        return False

    def _values(self, found: Signals, now: float) -> dict[str, float]:
        self._deaths.append((now, found.died))
        while self._deaths[0][0] < now - self._deaths_seconds:
            self._deaths.popleft()
        alive = found.workers + found.draining
        return {
            "queue_depth": found.waiting,
            "oldest_age": found.oldest_age,
            "error_rate": found.failed_1m / found.finished_1m if found.finished_1m >= FEW_ATTEMPTS else 0.0,
            "dead_letters": found.died - self._deaths[0][1],
            "no_workers": 0 if alive else found.waiting,
            "worker_lost": found.lost,
            "recorder_behind": found.recorder_lag,
        }


def _next(rule: Rule, row: AlertRow | None, value: float, now: int) -> AlertRow:
    standing = Standing("ok", now) if row is None else Standing(row.state, row.since, row.value, row.turning)
    after = step(rule, standing, value, now)
    message = rule.message.format(value=value)
    return AlertRow(rule.name, after.state, after.since, after.value, after.turning, rule.threshold, message, now)


def _state(row: AlertRow | None) -> str:
    return "ok" if row is None else row.state


def _worth_writing(rows: dict[str, AlertRow], before: dict[str, AlertRow]) -> bool:
    for name, row in rows.items():
        old = before.get(name)
        if old is None or (row.state, row.turning) != (old.state, old.turning):
            return True
        if row.evaluated_at - old.evaluated_at >= WRITE_SECONDS * 1000:
            return True
    # Remember the values without writing them, but not when they were written.
    rows.update({name: replace(row, evaluated_at=before[name].evaluated_at) for name, row in rows.items()})
    return False


def _notice(row: AlertRow) -> Notice:
    notice_id = str(uuid7())
    body = {
        "id": notice_id,
        "name": row.name,
        "state": row.state,
        "since": moment(row.since),
        "value": row.value,
        "threshold": row.threshold,
        "message": row.message,
    }
    return Notice(notice_id, orjson.dumps(body).decode())
